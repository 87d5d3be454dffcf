import type { CatalogRule } from './catalog-rule.js';

/** As PostgreSQL prints it: written here once more, so that no mistake of the code is repeated. */
const OWN_TENANT = `(tenant_id = ( SELECT (NULLIF(current_setting('rowguard.tenant_id'::text, true), ''::text))::uuid AS "nullif"))`;
const IS_OWN = (expression: string) =>
  `regexp_replace(coalesce(${expression}, ''), ' AS "nullif"| AS "\\?column\\?"', '', 'g') = $policy$${OWN_TENANT.replace(' AS "nullif"', '')}$policy$`;
const RIGHTS = `array['DELETE', 'INSERT', 'MAINTAIN', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE']`;

/** Who may see and change what. */
export const ISOLATION_RULES: readonly CatalogRule[] = [
  {
    name: 'tenant columns that are nullable, no uuid, or without the tenant in hand as default',
    broken: `select t.name as what from tenant_tables t where not exists (select 1 from columns c where c.table_oid = t.oid and c.name = 'tenant_id'
      and c.type = 'uuid' and c.is_required and c.default_value = 'rowguard_tenant_id()')`,
    sabotage: 'alter table specimens alter tenant_id drop default',
  },
  {
    name: 'tables without row-level security, or not forced',
    broken: `select t.name as what from tenant_tables t where not (t.relrowsecurity and t.relforcerowsecurity)`,
    sabotage: 'alter table specimens no force row level security',
    isForSharding: true,
  },
  {
    name: 'tables without a permissive and a restrictive policy, each with the whole predicate',
    broken: `select t.name as what from tenant_tables t where array[false, true] is distinct from (
      select array_agg(p.polpermissive order by p.polpermissive) from policies p
      where p.polrelid = t.oid and p.is_for_tenants and p.polcmd = '*' and ${IS_OWN('p.seen')} and ${IS_OWN('p.written')})`,
    sabotage: 'alter policy specimens_tenant_isolation on specimens using (true)',
    isForSharding: true,
  },
  {
    name: 'policies that open a table further',
    // On shards a restrictive policy becomes a permissive one, so that each has to hold alone.
    broken: `select p.what from policies p join tenant_tables t on t.oid = p.polrelid where not p.is_for_system and not (${IS_OWN('p.seen')} and ${IS_OWN('p.written')})`,
    sabotage:
      'create policy specimens_more on specimens as restrictive for select to rowguard_app using (true)',
    isForSharding: true,
  },
  {
    name: 'rights of tenants beyond rows, or changes to what is append-only',
    broken: `select t.name as what from tenant_tables t where (case when t.is_read_only then 'SELECT' when t.is_append_only then 'INSERT,SELECT' else 'DELETE,INSERT,SELECT,UPDATE' end) is distinct from (
      select string_agg(r, ',' order by r collate "C") from unnest(${RIGHTS}) r where (r <> 'MAINTAIN' or current_setting('server_version_num')::int >= 170000)
        and has_table_privilege('rowguard_app', t.oid, case r when 'MAINTAIN' then case when current_setting('server_version_num')::int >= 170000 then r else 'SELECT' end else r end))`,
    sabotage: 'grant delete on specimen_entries to rowguard_app',
  },
  {
    name: 'rights of tenants to write shared rows',
    broken: `select t.name as what from shared_tables t where has_table_privilege('rowguard_app', t.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')`,
    sabotage: 'grant update on specimen_kinds to rowguard_app',
  },
  {
    name: 'rights of everybody, or on single columns',
    broken: `select t.name as what from tables t, aclexplode(t.relacl) g where g.grantee = 0 union all select c.what from columns c where c.attacl is not null`,
    sabotage: 'grant select (name) on specimens to rowguard_app',
  },
  {
    name: 'materialized views, partitions or tooling that tenants may touch',
    broken: `select c.relname::text as what from pg_class c where c.relnamespace = 'public'::regnamespace
      and (c.relkind = 'm' or c.relispartition or c.relname = 'migrations') and has_table_privilege('rowguard_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')`,
    sabotage:
      'create materialized view heap as select * from specimens; grant select on heap to rowguard_app',
    isForSharding: true,
  },
  {
    name: 'views that read with the rights of their owner',
    broken: `select c.relname::text as what from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
      and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
      and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`,
    sabotage: 'create view peek as select * from specimens',
    exceptions: {
      daily_usage:
        'reads a materialized view, which cannot have policies, and holds their condition itself',
    },
  },
  {
    name: 'functions that run as their owner without a search path of their own',
    broken: `select p.oid::regprocedure::text as what from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef
      and not coalesce(array_to_string(p.proconfig, ',') ~ 'search_path=', false)
      and not exists (select 1 from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')`,
    sabotage:
      'create function reveal() returns bigint language sql security definer as $$ select count(*) from public.specimens $$',
  },
];
