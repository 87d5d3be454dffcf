import type { AskSql } from '../schema-dump.js';

/** One rule that every table keeps, asked of the live catalog. */
export interface CatalogRule {
  /** What must not be there, as it reads after "has no". */
  readonly name: string;
  /** A select with one column, `what`, and a row for each thing that breaks the rule. */
  readonly broken: string;
  /** Breaks the rule on a specimen, to show that it can fail. */
  readonly sabotage: string;
  /** Without it the schema could not be spread over several machines by tenant. */
  readonly isForSharding?: true;
  /** What may break it, and why. */
  readonly exceptions?: Readonly<Record<string, string>>;
}

/** What the catalog itself does not know. */
export interface TableClasses {
  readonly shared: readonly string[];
  readonly appendOnly: readonly string[];
  /** Written by the database itself; append-only to everybody else, and read-only to tenants. */
  readonly readOnly: readonly string[];
}

/** Of the schema public, in the words that the rules are written in. */
const CATALOG = `with
given as (select $1::text[] as shared, $2::text[] as append_only, $3::text[] as read_only),
tables as (
  select c.*, c.relname::text as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not in ('migrations', 'migrations_meta', 'typeorm_metadata')
    and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')),
columns as (
  select t.oid as table_oid, t.name as table_name, a.attnum, a.attname::text as name, t.name || '.' || a.attname as what,
    format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as is_required, pg_get_expr(d.adbin, d.adrelid) as default_value, y.typtype, a.attacl
  from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum),
shared_tables as (select t.* from tables t, given where t.name = any (given.shared)),
tenant_tables as (select t.*, t.name = any (given.append_only || given.read_only) as is_append_only, t.name = any (given.read_only) as is_read_only,
    exists (select 1 from columns c where c.table_oid = t.oid and c.name = 'deleted_at') as is_deletable,
    not exists (select 1 from columns c where c.table_oid = t.oid and c.name = 'id') as is_join_table
  from tables t, given where t.name <> all (given.shared)),
indexes as (
  select t.name as table_name, t.oid as table_oid, i.relname::text as name, t.name || '.' || i.relname as what, m.amname::text as method,
    x.indisprimary as is_primary, x.indisunique as is_unique, x.indisvalid as is_valid, coalesce(pg_get_expr(x.indpred, x.indrelid), '') as predicate,
    (select array_agg(coalesce(a.attname::text, '(expression)') order by k.position) from unnest(x.indkey::int2[]) with ordinality as k(number, position)
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.number and k.number > 0 where k.position <= x.indnkeyatts) as columns
  from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am m on m.oid = i.relam join tables t on t.oid = x.indrelid),
constraints as (
  select k.*, t.name as table_name, t.name || '.' || k.conname as what, f.name as target_name, pg_get_constraintdef(k.oid) as definition,
    (select array_agg(a.attname::text order by p.position) from unnest(k.conkey) with ordinality as p(number, position)
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.number) as columns,
    (select array_agg(a.attname::text order by p.position) from unnest(k.confkey) with ordinality as p(number, position)
      join pg_attribute a on a.attrelid = k.confrelid and a.attnum = p.number) as target_columns
  from pg_constraint k join tables t on t.oid = k.conrelid left join tables f on f.oid = k.confrelid),
policies as (
  select p.*, t.name as table_name, t.name || '.' || p.polname as what, pg_get_expr(p.polqual, p.polrelid) as seen, pg_get_expr(p.polwithcheck, p.polrelid) as written,
    p.polroles = array['rowguard_app'::regrole::oid] as is_for_tenants, p.polroles <@ array['rowguard_system'::regrole::oid, 'rowguard_audit'::regrole::oid] as is_for_system
  from pg_policy p join tables t on t.oid = p.polrelid)`;

/** What breaks the rule and is no exception. */
export async function whatBreaks(
  rule: CatalogRule,
  classes: TableClasses,
  ask: AskSql,
): Promise<string[]> {
  const rows = await ask<{ what: string }>(`${CATALOG} ${rule.broken}`, [
    [...classes.shared],
    [...classes.appendOnly],
    [...classes.readOnly],
  ]);
  return rows.map((row) => row.what).filter((what) => rule.exceptions?.[what] === undefined);
}
