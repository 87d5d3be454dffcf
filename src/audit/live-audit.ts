import { AUDIT_ROLE } from '../context/role-names.js';
import type { RunSql } from '../schema/sql.js';
import { CAPTURE_PREFIX } from './capture-function.js';
import { TRIGGER_PREFIX } from './capture-triggers.js';
import type { LiveColumn } from './column-capture.js';

export interface LiveTrigger {
  readonly name: string;
  readonly function: string;
  readonly functionSchema: string;
  readonly isEnabled: boolean;
  readonly definition: string;
}

export interface LiveAuditedTable {
  readonly schema: string;
  readonly table: string;
  readonly isPartition: boolean;
  readonly columns: readonly LiveColumn[];
  /** Those of Rowguard. */
  readonly triggers: readonly LiveTrigger[];
  readonly policies: readonly string[];
  /** What the role of the audit log may do here. */
  readonly rights: readonly string[];
}

export interface LiveAuditFunction {
  readonly schema: string;
  readonly name: string;
  readonly body: string;
  readonly owner: string;
  readonly isDefiner: boolean;
  readonly settings: readonly string[];
  readonly callableBy: readonly string[];
}

export interface LiveAudit {
  readonly roleExists: boolean;
  /** The schemas that the role of the audit log may use. */
  readonly usable: readonly string[];
  readonly tables: readonly LiveAuditedTable[];
  readonly functions: readonly LiveAuditFunction[];
}

const COLUMNS = `
  coalesce((select jsonb_agg(jsonb_build_object('name', a.attname, 'type', coalesce(element.typname, base.typname),
      'kind', case coalesce(element.typtype, base.typtype) when 'e' then 'enum' when 'b' then 'base' else 'other' end,
      'hasScale', coalesce(nullif(t.typtypmod, -1), a.atttypmod) <> -1 and element.oid is null) order by a.attnum)
    from pg_attribute a join pg_type t on t.oid = a.atttypid
      join pg_type base on base.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
      left join pg_type element on element.oid = base.typelem and base.typcategory = 'A'
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated <> 'v'), '[]')`;

const TABLES = `
select n.nspname::text as schema, c.relname::text as table, c.relispartition as "isPartition", ${COLUMNS} as columns,
  coalesce((select jsonb_agg(jsonb_build_object('name', g.tgname, 'function', p.proname, 'functionSchema', pn.nspname,
      'isEnabled', g.tgenabled in ('O', 'A'), 'definition', pg_get_triggerdef(g.oid)) order by g.tgname)
    from pg_trigger g join pg_proc p on p.oid = g.tgfoid join pg_namespace pn on pn.oid = p.pronamespace
    where g.tgrelid = c.oid and not g.tgisinternal and starts_with(g.tgname, '${TRIGGER_PREFIX}')), '[]') as triggers,
  coalesce((select jsonb_agg(l.polname) from pg_policy l where l.polrelid = c.oid), '[]') as policies,
  coalesce((select jsonb_agg(r order by r) from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) r
    where to_regrole('${AUDIT_ROLE}') is not null and has_table_privilege('${AUDIT_ROLE}', c.oid, r)), '[]') as rights
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and n.nspname = any($1)`;

const FUNCTIONS = `
select n.nspname::text as schema, p.proname::text as name, p.prosrc as body, pg_get_userbyid(p.proowner)::text as owner,
  p.prosecdef as "isDefiner", to_jsonb(coalesce(p.proconfig, '{}')) as settings,
  coalesce((select jsonb_agg(distinct case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end)
    from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee <> p.proowner), '[]') as "callableBy"
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = any($1) and (starts_with(p.proname, '${TRIGGER_PREFIX}') or starts_with(p.proname, '${CAPTURE_PREFIX}'))`;

const ROLE = `
select to_regrole('${AUDIT_ROLE}') is not null as exists,
  coalesce((select jsonb_agg(n) from unnest($1::text[]) n where to_regrole('${AUDIT_ROLE}') is not null
    and to_regnamespace(quote_ident(n)) is not null and has_schema_privilege('${AUDIT_ROLE}', n, 'USAGE')), '[]') as usable`;

/** What there is of the audit log, in three questions. */
export async function readLiveAudit(run: RunSql, schemas: readonly string[]): Promise<LiveAudit> {
  const [role] = await run<{ exists: boolean; usable: string[] }>(ROLE, [[...schemas]]);
  return {
    roleExists: role?.exists ?? false,
    usable: role?.usable ?? [],
    tables: await run<LiveAuditedTable>(TABLES, [[...schemas]]),
    functions: await run<LiveAuditFunction>(FUNCTIONS, [[...schemas]]),
  };
}
