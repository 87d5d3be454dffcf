import { comparable, OWN_TENANT } from './policies.js';

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
export function keepsToTenant(definition: string | null): boolean {
  const [, relation, condition] = PLAIN_SELECT.exec(definition ?? '') ?? [];
  if (relation === undefined || condition === undefined) return false;
  const table = relation.replaceAll('"', '');
  return comparable(condition, table) === comparable(OWN_TENANT, table);
}
