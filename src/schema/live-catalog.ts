import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { BOUND_TENANT } from './policy-form.js';
import type { RunSql } from './sql.js';

export interface LivePolicy {
  readonly name: string;
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly command: string;
  readonly using: string | null;
  readonly check: string | null;
}

export interface LiveKey {
  readonly name: string;
  readonly kind: 'primary' | 'unique' | 'index';
  readonly columns: readonly (string | null)[];
}

export interface LiveForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetSchema: string;
  readonly onDelete: string;
}

/** One table, view or materialized view as it stands. */
export interface LiveTable {
  readonly schema: string;
  readonly table: string;
  /** r table, p partitioned, v view, m materialized view, f foreign */
  readonly kind: string;
  readonly isPartition: boolean;
  readonly isExtension: boolean;
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  readonly securityInvoker: boolean;
  readonly securityBarrier: boolean;
  readonly owner: string;
  /** Of a view: its query, as PostgreSQL prints it. */
  readonly definition: string | null;
  readonly tenantDefault: string | null;
  readonly tenantNotNull: boolean;
  readonly policies: readonly LivePolicy[];
  /** What the role of the tenants may do, directly or through PUBLIC, on a column at least. */
  readonly rights: readonly string[];
  /** Those of the rights that are for single columns only. */
  readonly columnRights: readonly string[];
  /** Rewrite rules, which send a statement somewhere else. */
  readonly rules: readonly string[];
  /** What the role of the system may not do, of reading and writing rows. */
  readonly systemLacks: readonly string[];
  readonly keys: readonly LiveKey[];
  readonly foreignKeys: readonly LiveForeignKey[];
}

const TABLES = `
select n.nspname::text as schema, c.relname::text as table, c.relkind::text as kind,
  c.relispartition as "isPartition",
  exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') as "isExtension",
  c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as forced,
  coalesce('security_invoker=true' = any(c.reloptions) or 'security_invoker=on' = any(c.reloptions) or 'security_invoker=1' = any(c.reloptions), false) as "securityInvoker",
  coalesce('security_barrier=true' = any(c.reloptions) or 'security_barrier=on' = any(c.reloptions) or 'security_barrier=1' = any(c.reloptions), false) as "securityBarrier",
  pg_get_userbyid(c.relowner)::text as owner,
  case when c.relkind = 'v' then pg_get_viewdef(c.oid) end as definition,
  (select pg_get_expr(d.adbin, d.adrelid) from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped) as "tenantDefault",
  coalesce((select a.attnotnull from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped), false) as "tenantNotNull",
  coalesce((select jsonb_agg(jsonb_build_object('name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
      'roles', (select coalesce(jsonb_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end), '[]') from unnest(p.polroles) r),
      'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname)
    from pg_policy p where p.polrelid = c.oid), '[]') as policies,
  coalesce((select jsonb_agg(right_name order by right_name) from unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE','REFERENCES','TRIGGER']) right_name
    where to_regrole('${APP_ROLE}') is not null and case when right_name in ('SELECT','INSERT','UPDATE','REFERENCES')
      then has_any_column_privilege('${APP_ROLE}', c.oid, right_name) else has_table_privilege('${APP_ROLE}', c.oid, right_name) end), '[]') as rights,
  coalesce((select jsonb_agg(right_name order by right_name) from unnest(array['SELECT','INSERT','UPDATE']) right_name
    where to_regrole('${APP_ROLE}') is not null and has_any_column_privilege('${APP_ROLE}', c.oid, right_name)
      and not has_table_privilege('${APP_ROLE}', c.oid, right_name)), '[]') as "columnRights",
  coalesce((select jsonb_agg(w.rulename order by w.rulename) from pg_rewrite w where w.ev_class = c.oid and w.rulename <> '_RETURN'), '[]') as rules,
  coalesce((select jsonb_agg(right_name order by right_name) from unnest(array['SELECT','INSERT','UPDATE','DELETE']) right_name
    where to_regrole('${SYSTEM_ROLE}') is not null and not has_table_privilege('${SYSTEM_ROLE}', c.oid, right_name)), '[]') as "systemLacks",
  coalesce((select jsonb_agg(jsonb_build_object('name', i.relname, 'kind', case when x.indisprimary then 'primary' when x.indisunique then 'unique' else 'index' end,
      'columns', (select jsonb_agg(a.attname order by k.position) from unnest(x.indkey::int2[]) with ordinality as k(number, position)
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number and k.number > 0
        where k.position <= x.indnkeyatts)) order by i.relname)
    from (select * from pg_index) x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid), '[]') as keys,
  coalesce((select jsonb_agg(jsonb_build_object('name', k.conname, 'target', t.relname, 'targetSchema', tn.nspname, 'onDelete', k.confdeltype,
      'columns', (select jsonb_agg(a.attname order by o.position) from unnest(k.conkey) with ordinality as o(number, position)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = o.number)) order by k.conname)
    from pg_constraint k join pg_class t on t.oid = k.confrelid join pg_namespace tn on tn.oid = t.relnamespace
    where k.conrelid = c.oid and k.contype = 'f'), '[]') as "foreignKeys"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r','p','v','m','f') and n.nspname = any($1)
order by n.nspname, c.relname`;

export function readLiveTables(run: RunSql, schemas: readonly string[]): Promise<LiveTable[]> {
  return run<LiveTable>(TABLES, [[...schemas]]);
}

export interface LiveFunction {
  readonly name: string;
  readonly searchPath: boolean;
}

/** Functions that run with the rights of their owner and that a tenant may call. */
export function readDefinerFunctions(
  run: RunSql,
  schemas: readonly string[],
): Promise<LiveFunction[]> {
  return run<LiveFunction>(
    `select p.oid::regprocedure::text as name,
       coalesce(array_to_string(p.proconfig, ',') ~ 'search_path=', false) as "searchPath"
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where p.prosecdef and n.nspname = any($1) and p.proname <> '${BOUND_TENANT}' and to_regrole('${APP_ROLE}') is not null
       and has_function_privilege('${APP_ROLE}', p.oid, 'EXECUTE')
       and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
     order by 1`,
    [[...schemas]],
  );
}

export async function tenantsMayCreateTemporaryTables(run: RunSql): Promise<boolean> {
  const [answer] = await run<{ may: boolean }>(
    `select coalesce(has_database_privilege('${APP_ROLE}', current_database(), 'TEMPORARY'), false) as may
     where to_regrole('${APP_ROLE}') is not null`,
  );
  return answer?.may ?? false;
}
