import { APP_ROLE, AUDIT_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { AttestationError } from '../errors/attestation.error.js';
import { getSqlState } from '../errors/violations.js';
import { type RunSql, quoteName } from './sql.js';

const ATTRIBUTES = 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
const ALREADY_THERE = ['42710', '23505'];
const CONCURRENT_UPDATE = 'XX000';
const NOT_ALLOWED = '42501';
const ATTEMPTS = 20;

interface RoleFacts {
  readonly rolname: string;
  readonly member: boolean;
}

/** Creates the roles where they are missing, and lets the logins act for them. */
export async function ensureRoles(
  run: RunSql,
  appLogin: string | undefined,
  withAudit = true,
): Promise<void> {
  const [me] = await run<{ login: string; super: boolean }>(
    'select session_user::text as login, rolsuper as super from pg_roles where rolname = session_user',
  );
  if (!me) return;
  const roles = [APP_ROLE, SYSTEM_ROLE, ...(withAudit ? [AUDIT_ROLE] : [])];
  for (const role of roles) await createRole(run, role);
  if (!me.super) {
    for (const role of roles) await grantRole(run, role, me.login);
  }
  if (appLogin !== undefined && appLogin !== me.login) await grantRole(run, APP_ROLE, appLogin);
}

/** Statements for an administrator, where our own login may not do it. */
export function rolesByHand(missing: readonly string[]): string[] {
  return missing.map((role) => `CREATE ROLE ${role} ${ATTRIBUTES}`);
}

export function membershipByHand(role: string, login: string): string {
  return `GRANT ${role} TO ${quoteName(login)}`;
}

async function createRole(run: RunSql, role: string): Promise<void> {
  const [known] = await run('select 1 from pg_roles where rolname = $1', [role]);
  if (!known) await patiently(run, `CREATE ROLE ${role} ${ATTRIBUTES}`);
}

async function grantRole(run: RunSql, role: string, login: string): Promise<void> {
  const [facts] = await run<RoleFacts>(
    `select rolname, pg_has_role($1::name, oid, 'MEMBER') as member from pg_roles where rolname = $2`,
    [login, role],
  );
  const [settable] = await run<{ ok: boolean | null }>(
    `select case when current_setting('server_version_num')::int >= 160000
       then (select bool_or(m.set_option) from pg_auth_members m
             join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
             where r.rolname = $2 and u.rolname = $1)
       else true end as ok`.replace('m.set_option', `(to_jsonb(m)->>'set_option')::boolean`),
    [login, role],
  );
  if (facts?.member && settable?.ok) return;
  await patiently(run, `GRANT ${role} TO ${quoteName(login)}`);
}

/** Roles belong to the whole cluster: other databases may be preparing at the same moment. */
async function patiently(run: RunSql, sql: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run(sql);
      return;
    } catch (error) {
      const state = getSqlState(error) ?? '';
      if (ALREADY_THERE.includes(state)) return;
      if (state === CONCURRENT_UPDATE && attempt < ATTEMPTS) {
        await new Promise((resolve) => setTimeout(resolve, 10 * attempt));
        continue;
      }
      if (state === NOT_ALLOWED || (error as Error).message.includes('permission denied')) {
        throw mayNot(sql, error);
      }
      throw error;
    }
  }
}

function mayNot(sql: string, cause: unknown): AttestationError {
  return new AttestationError({
    problem: 'The login may not create the roles that isolation needs, or act for them',
    mend: `Let an administrator run once: ${sql}`,
    cause,
  });
}
