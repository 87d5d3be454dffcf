import { comparable, ownRows } from './policies.js';
import { PLAIN_FORM, type PolicyForm } from './policy-form.js';

const NAME = '(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")';
const COLUMN = `(?:${NAME}\\.)?${NAME}`;

/** Plain columns of a single relation, and a condition: no joins, expressions, unions or limits. */
const PLAIN_SELECT = new RegExp(
  `^\\s*SELECT\\s+${COLUMN}(?:,\\s*${COLUMN})*\\s+FROM\\s+(?:${NAME}\\.)?(${NAME})\\s+WHERE\\s+(.+?);?\\s*$`,
  's',
);

/**
 * True if a view, as PostgreSQL prints it, shows rows of the tenant in hand and nothing else. Read
 * strictly: what is not of exactly this form may well be safe, and is not taken to be.
 */
export function keepsToTenant(definition: string | null, form: PolicyForm = PLAIN_FORM): boolean {
  const [, relation, condition] = PLAIN_SELECT.exec(definition ?? '') ?? [];
  if (relation === undefined || condition === undefined) return false;
  const table = relation.replaceAll('"', '');
  return sameCondition(condition, ownRows(form.tenant), table);
}

/** The view that keeps to the tenant in one form, so that it does in another. */
export function viewInForm(definition: string, form: PolicyForm): string {
  const [, , condition = ''] = PLAIN_SELECT.exec(definition) ?? [];
  const end = definition.lastIndexOf(condition);
  return `${definition.slice(0, end).trim()} ${ownRows(form.tenant)}`;
}

/** PostgreSQL names the schema of the function only where the search path does not lead there. */
export function sameCondition(live: string | null, planned: string, table: string): boolean {
  const place = /(?:(?:"(?:[^"]|"")+"|\w+)\.)(?="?rowguard_)/;
  const [named] = place.exec(planned) ?? [];
  const bare = named === undefined ? planned : planned.replace(named, '');
  const seen = comparable(live, table);
  return seen === comparable(planned, table) || seen === comparable(bare, table);
}
