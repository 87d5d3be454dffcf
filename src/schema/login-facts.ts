import { APP_ROLE, AUDIT_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import type { RunSql } from './sql.js';

/** What a login, and the role it acts as, could do beyond what a tenant may. */
export interface LoginFacts {
  readonly login: string;
  readonly version: number;
  readonly isSuper: boolean;
  readonly bypasses: boolean;
  /** Roles it can become that bypass row-level security, or are the system's. */
  readonly canBecome: readonly string[];
  /** Tables under row-level security that it owns, directly or through a role. */
  readonly owns: readonly string[];
  readonly actsForApp: boolean;
  readonly actsForSystem: boolean;
  /** The roles are there; without them nothing else about them can be true. */
  readonly appExists: boolean;
  readonly systemExists: boolean;
  /** The role of the tenants could bypass by itself. */
  readonly appBypasses: boolean;
  /** Roles it was granted that bypass row-level security, or lead to one that does. */
  readonly appGranted: readonly string[];
  readonly appOwns: readonly string[];
}

const FACTS = `
select session_user::text as login,
  current_setting('server_version_num')::int as version,
  me.rolsuper as "isSuper",
  me.rolbypassrls as bypasses,
  coalesce((select array_agg(r.rolname::text order by r.rolname) from pg_roles r
    where r.oid <> me.oid and not me.rolsuper and pg_has_role(me.oid, r.oid, 'MEMBER')
      and (r.rolsuper or r.rolbypassrls or r.rolname in ('${SYSTEM_ROLE}', '${AUDIT_ROLE}'))), '{}') as "canBecome",
  coalesce((select array_agg(c.oid::regclass::text order by c.relname) from pg_class c
    where c.relkind in ('r','p') and c.relrowsecurity and not me.rolsuper
      and pg_has_role(me.oid, c.relowner, 'MEMBER')), '{}') as owns,
  coalesce(pg_has_role(me.oid, app.oid, 'MEMBER'), false) as "actsForApp",
  coalesce(pg_has_role(me.oid, sys.oid, 'MEMBER'), false) as "actsForSystem",
  app.oid is not null as "appExists",
  sys.oid is not null as "systemExists",
  coalesce(app.rolsuper or app.rolbypassrls or exists (select 1 from pg_roles r
    where r.oid <> app.oid and pg_has_role(app.oid, r.oid, 'MEMBER')
      and (r.rolsuper or r.rolbypassrls or r.rolname in ('${SYSTEM_ROLE}', '${AUDIT_ROLE}'))), true) as "appBypasses",
  coalesce((select array_agg(g.rolname::text order by g.rolname)
    from pg_auth_members m join pg_roles g on g.oid = m.roleid
    where m.member = app.oid and exists (select 1 from pg_roles r
      where pg_has_role(g.oid, r.oid, 'MEMBER')
        and (r.rolsuper or r.rolbypassrls or r.rolname in ('${SYSTEM_ROLE}', '${AUDIT_ROLE}')))), '{}') as "appGranted",
  coalesce((select array_agg(c.oid::regclass::text order by c.relname) from pg_class c
    where c.relkind in ('r','p') and c.relrowsecurity and app.oid is not null
      and pg_has_role(app.oid, c.relowner, 'MEMBER')), '{}') as "appOwns"
from pg_roles me
  left join pg_roles app on app.rolname = '${APP_ROLE}'
  left join pg_roles sys on sys.rolname = '${SYSTEM_ROLE}'
where me.rolname = session_user`;

/** One query; asked at start, and once on each new connection. */
export async function readLoginFacts(run: RunSql): Promise<LoginFacts> {
  const [facts] = await run<LoginFacts>(FACTS);
  return facts as LoginFacts;
}

/** True if the login by itself is more than a tenant: its statements take the role first. */
export function needsRole(facts: LoginFacts): boolean {
  return facts.isSuper || facts.bypasses || facts.canBecome.length > 0 || facts.owns.length > 0;
}
