import type { CatalogRule } from './catalog-rule.js';

const SNAKE_CASE = `'^[a-z][a-z0-9]*(_[a-z0-9]+)*$'`;
const HAS = (name: string, condition: string) =>
  `exists (select 1 from columns c where c.table_oid = t.oid and c.name = '${name}' and ${condition})`;
const TIME = `timestamp(3) with time zone`;

/** Columns, their types and names. */
export const COLUMN_RULES: readonly CatalogRule[] = [
  {
    name: 'times without a zone, or finer than JavaScript can tell',
    broken: `select c.what from columns c where c.type ~ '^time' and c.type <> '${TIME}'`,
    sabotage: 'alter table specimens add column seen_at timestamp',
  },
  {
    name: 'JSON that is not jsonb',
    broken: `select c.what from columns c where c.type in ('json', 'json[]')`,
    sabotage: 'alter table specimens add column stuff json',
  },
  {
    name: 'amounts other than numeric(18,6)',
    broken: `select c.what from columns c where (c.type ~ '^numeric' and c.type <> 'numeric(18,6)') or c.type = 'money'
      or (c.type in ('real', 'double precision') and c.name ~ '(^|_)(amount|price|cost|costs|balance|fee|tax|total)(_|$)')`,
    sabotage: 'alter table specimens alter amount type numeric(12,2)',
  },
  {
    name: 'amounts without a currency beside them',
    broken: `select c.what from columns c where c.type ~ '^numeric'
      and not exists (select 1 from columns b where b.table_oid = c.table_oid and b.name ~ '(^|_)currency$')`,
    sabotage: 'alter table specimens drop column currency',
    exceptions: {
      'invoice_line_items.amount': 'in the currency of its invoice, which has only one',
      'invoice_line_items.unit_price': 'in the currency of its invoice, which has only one',
      'invoice_line_items.quantity': 'no amount of money',
      'invoice_line_items.tax_rate': 'no amount of money',
    },
  },
  {
    name: 'types that a policy or a change makes dear: enums, varchar, char',
    broken: `select c.what from columns c where c.typtype = 'e' or c.type ~ '^(character|"char"|bpchar)'`,
    sabotage: `create type mood as enum ('good'); alter table specimens add column mood mood`,
  },
  {
    name: 'states and kinds without a CHECK',
    broken: `select c.what from columns c where c.type = 'text' and c.name ~ '(^|_)(state|status|kind)$'
      and not exists (select 1 from constraints k where k.conrelid = c.table_oid and k.contype = 'c' and c.name = any (k.columns))`,
    sabotage: 'alter table specimens add column status text',
    exceptions: {
      'notifications.kind': 'each application has words of its own for what it tells',
      'evidence.kind': 'each application has words of its own for what it keeps',
    },
  },
  {
    name: 'names that are not snake_case',
    broken: `select t.name as what from tables t where t.name !~ ${SNAKE_CASE} union all select c.what from columns c where c.name !~ ${SNAKE_CASE}
      union all select k.what from constraints k where k.conname !~ ${SNAKE_CASE} union all select i.what from indexes i where i.name !~ ${SNAKE_CASE}
      union all select p.what from policies p where p.polname !~ ${SNAKE_CASE}`,
    sabotage: 'alter table specimens add column "seenBy" text',
  },
  {
    name: 'tables named in the singular',
    broken: `select t.name as what from tables t where t.name !~ 's$'`,
    sabotage: 'alter table specimens rename to specimen',
    exceptions: {
      content: 'cannot be counted',
      conversation_memory: 'cannot be counted',
      evidence: 'cannot be counted',
      daily_usage: 'cannot be counted',
      seeder_history: 'cannot be counted',
      migration_history: 'cannot be counted',
    },
  },
  {
    name: 'constraints and indexes whose name does not say what they are',
    broken: `select k.what from constraints k where k.contype <> 'n' and k.conname !~ ('^' || case k.contype when 'p' then 'pk' when 'f' then 'fk' when 'c' then 'ck' when 'x' then 'ex' else 'uq' end || '_')
      union all select i.what from indexes i where i.name !~ '^(pk|ix|uq|ex)_'`,
    sabotage: `alter table specimens add check (name <> '')`,
  },
  {
    name: 'ids that are no uuid, or that raw SQL could not leave out',
    broken: `select t.name as what from tables t where ${HAS('id', 'true')} and not ${HAS('id', `c.type = 'uuid' and c.is_required and c.default_value = 'gen_random_uuid()'`)}`,
    sabotage: 'alter table specimens alter id drop default',
    exceptions: { audit_logs: 'counted by the database, to keep the order of writing' },
  },
  {
    name: 'rows whose beginning is not known',
    broken: `select t.name as what from tables t where not ${HAS('created_at', `c.type = '${TIME}' and c.is_required and c.default_value = 'now()'`)}
      and not exists (select 1 from tenant_tables j where j.oid = t.oid and j.is_join_table)`,
    sabotage: 'alter table specimens alter created_at drop default',
    exceptions: { audit_logs: 'says at what time, to the clock and not to the transaction' },
  },
  {
    name: 'rows that can change but not be deleted softly, or without a version',
    broken: `select t.name as what from tenant_tables t where not t.is_append_only and not t.is_join_table and not (
      ${HAS('deleted_at', `c.type = '${TIME}' and not c.is_required`)} and ${HAS('deleted_by', `c.type = 'text'`)} and ${HAS('delete_batch', `c.type = 'uuid'`)} and ${HAS('delete_reason', `c.type = 'text'`)}
      and ${HAS('updated_at', `c.type = '${TIME}' and c.is_required`)} and ${HAS('version', `c.type = 'integer' and c.is_required and c.default_value = '1'`)})`,
    sabotage: 'alter table specimens drop column delete_batch',
  },
  {
    name: 'marks of change or deletion on what is append-only',
    broken: `select c.what from columns c join tenant_tables t on t.oid = c.table_oid where t.is_append_only and c.name in ('deleted_at', 'deleted_by', 'delete_batch', 'delete_reason', 'updated_at', 'version')`,
    sabotage: `alter table specimen_entries add column deleted_at ${TIME}`,
  },
];
