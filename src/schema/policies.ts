import { createHash } from 'node:crypto';
import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { TENANT_COLUMN, TENANT_DEFAULT, TENANT_FUNCTION } from '../entities/base-columns.js';
import { nameHead } from '../sql/name-head.js';
import { PLAIN_FORM, type PolicyForm, SETTING } from './policy-form.js';
import { quoteName } from './sql.js';
import { type TablePlan, qualified } from './table-plan.js';

export interface PolicyPlan {
  readonly name: string;
  readonly permissive: boolean;
  readonly role: string;
  readonly predicate: string;
}

/** The condition for the rows of the tenant in hand. */
export function ownRows(tenant: string): string {
  return `${TENANT_COLUMN} = ${tenant}`;
}

/** Has to be there before the tables whose tenant column defaults to it. */
export function createTenantFunction(schema: string): string {
  return `CREATE OR REPLACE FUNCTION ${quoteName(schema)}.${TENANT_FUNCTION}() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE RETURN ${SETTING}`;
}

/**
 * A permissive policy opens the table to one tenant, a restrictive one with the same predicate
 * closes it to the others: whichever is lost, or whatever is added, the other still holds.
 */
export function policiesOf(plan: TablePlan, form: PolicyForm = PLAIN_FORM): PolicyPlan[] {
  if (!hasPolicies(plan)) return [];
  const own = plan.class === 'tenant' ? ownRows(form.tenant) : visibleRows(plan, form.tenant);
  return [
    policy(plan, 'tenant_isolation', true, APP_ROLE, own),
    policy(plan, 'tenant_guard', false, APP_ROLE, own),
    policy(plan, 'system_access', true, SYSTEM_ROLE, 'true'),
  ];
}

/** Tenant tables, and the shared tables of which a tenant sees some rows only. */
export function hasPolicies(plan: TablePlan): boolean {
  return !plan.isView && (plan.class === 'tenant' || plan.visible !== undefined);
}

function visibleRows(plan: TablePlan, tenant: string): string {
  return (plan.visible ?? 'true')
    .replaceAll('{row}', quoteName(plan.table))
    .replaceAll('{tenant}', tenant);
}

export function createPolicy(plan: TablePlan, one: PolicyPlan): string[] {
  const target = `${quoteName(one.name)} ON ${qualified(plan)}`;
  const kind = one.permissive ? 'PERMISSIVE' : 'RESTRICTIVE';
  return [
    dropPolicy(plan, one),
    `CREATE POLICY ${target} AS ${kind} FOR ALL TO ${quoteName(one.role)} USING (${one.predicate}) WITH CHECK (${one.predicate})`,
  ];
}

/** In one statement: while a policy is away, whoever reads is told that there is nothing. */
export function alterPolicy(plan: TablePlan, one: PolicyPlan): string {
  return `ALTER POLICY ${quoteName(one.name)} ON ${qualified(plan)} TO ${quoteName(one.role)} USING (${one.predicate}) WITH CHECK (${one.predicate})`;
}

export function dropPolicy(plan: TablePlan, one: PolicyPlan): string {
  return `DROP POLICY IF EXISTS ${quoteName(one.name)} ON ${qualified(plan)}`;
}

export function enableRowSecurity(plan: TablePlan): string[] {
  return [
    `ALTER TABLE ${qualified(plan)} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${qualified(plan)} FORCE ROW LEVEL SECURITY`,
  ];
}

export function setTenantDefault(plan: TablePlan): string {
  return `ALTER TABLE ${qualified(plan)} ALTER COLUMN ${quoteName(TENANT_COLUMN)} SET DEFAULT ${TENANT_DEFAULT}`;
}

const QUOTED = String.raw`("(?:[^"]|"")*"|'(?:[^']|'')*')`;
const QUOTED_OR_NOT = new RegExp(`${QUOTED}|[^"']+`, 'g');

/**
 * PostgreSQL prints a stored expression with casts, names and brackets of its own. What is left
 * without them is compared; our predicates hold no OR, so brackets cannot change their meaning.
 * What stands in quotes means what it says: it is compared letter by letter.
 */
export function comparable(expression: string | null, table: string): string {
  const name = quoteName(table).replace(/[^\w"]/g, String.raw`\$&`);
  const noise = String.raw`(?<![\w$."])(?:${name}|${name.slice(1, -1)})\.|::text\b|\bas\s+(?:\w+|"\??\w+\??")|[\s()]`;
  return (expression ?? '')
    .replace(QUOTED_OR_NOT, (part, quoted?: string) => quoted ?? part.toLowerCase())
    .replace(new RegExp(`${noise}|${QUOTED}`, 'g'), (_, quoted?: string) =>
      quoted === undefined ? '' : withoutNeedlessQuotes(quoted),
    );
}

function withoutNeedlessQuotes(part: string): string {
  return /^"[a-z_][a-z0-9_$]*"$/.test(part) ? part.slice(1, -1) : part;
}

function policy(
  plan: TablePlan,
  suffix: string,
  permissive: boolean,
  role: string,
  predicate: string,
): PolicyPlan {
  return { name: policyName(plan.table, suffix), permissive, role, predicate };
}

const LONGEST_NAME = 63;

function policyName(table: string, suffix: string): string {
  const name = `${table}_${suffix}`;
  if (Buffer.byteLength(name) <= LONGEST_NAME) return name;
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 8);
  return `${nameHead(table, LONGEST_NAME - suffix.length - 10)}_${hash}_${suffix}`;
}
