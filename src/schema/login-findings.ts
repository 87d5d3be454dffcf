import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import type { Finding } from './finding.js';
import { type LoginFacts, needsRole } from './login-facts.js';
import { membershipByHand, rolesByHand } from './roles.js';
import { requiredUpgrade } from './server-version.js';
import { quoteName } from './sql.js';

export interface AttestationRules {
  /** Two logins were given: the one of the application must be harmless by itself. */
  readonly twoLogins: boolean;
  readonly embedded: boolean;
}

/** Everything about the server, the roles and the login under which isolation would not hold. */
export function loginFindings(facts: LoginFacts, rules: AttestationRules): Finding[] {
  const version = rules.embedded ? [] : versionFindings(facts);
  if (!facts.appExists || !facts.systemExists) return [...version, missingRoles(facts)];
  return [
    ...version,
    ...appRoleFindings(facts),
    ...membershipFindings(facts),
    ...(rules.twoLogins && needsRole(facts) ? tooMighty(facts) : []),
  ];
}

/** The login for system work is trusted; it only has to be able to act at all. */
export function systemLoginFindings(facts: LoginFacts): Finding[] {
  if (facts.isSuper || facts.actsForSystem) return [];
  return [
    {
      ...finding(
        'system-membership',
        `login ${facts.login}`,
        `The login ${facts.login} may not act for ${SYSTEM_ROLE}, so that runAsSystem would fail`,
        [membershipByHand(SYSTEM_ROLE, facts.login)],
      ),
      severity: 'warning',
    },
  ];
}

export function versionText(version: number): string {
  return `${Math.floor(version / 10_000)}.${version % 10_000}`;
}

function versionFindings(facts: LoginFacts): Finding[] {
  const upgrade = requiredUpgrade(facts.version);
  if (upgrade === undefined) return [];
  return [
    finding(
      'server-version',
      'server',
      `The server is PostgreSQL ${versionText(facts.version)}, which has known holes in row-level security`,
      [],
      `Upgrade the server to ${upgrade} or later`,
    ),
  ];
}

function missingRoles(facts: LoginFacts): Finding {
  const missing = [
    ...(facts.appExists ? [] : [APP_ROLE]),
    ...(facts.systemExists ? [] : [SYSTEM_ROLE]),
  ];
  const mayAct = facts.isSuper || facts.actsForApp;
  return finding(
    'role-missing',
    `role ${missing.join(', ')}`,
    `The server does not have the ${missing.length > 1 ? 'roles' : 'role'} ${missing.join(' and ')}`,
    [...rolesByHand(missing), ...(mayAct ? [] : [membershipByHand(APP_ROLE, facts.login)])],
  );
}

function appRoleFindings(facts: LoginFacts): Finding[] {
  const findings: Finding[] = [];
  if (facts.appBypasses) {
    findings.push(
      finding(
        'role-bypasses',
        `role ${APP_ROLE}`,
        `The role ${APP_ROLE} can bypass row-level security, or become a role that can`,
        [
          `ALTER ROLE ${APP_ROLE} NOSUPERUSER NOBYPASSRLS`,
          ...facts.appGranted.map((role) => `REVOKE ${quoteName(role)} FROM ${APP_ROLE}`),
        ],
      ),
    );
  }
  if (facts.appOwns.length > 0) {
    findings.push(
      finding(
        'role-owns',
        `role ${APP_ROLE}`,
        `The role ${APP_ROLE} owns tables (${facts.appOwns.join(', ')}), and an owner can switch row-level security off`,
        [],
        newOwner(facts.appOwns, 'the owner of your schema'),
      ),
    );
  }
  return findings;
}

function membershipFindings(facts: LoginFacts): Finding[] {
  if (facts.isSuper || facts.actsForApp) return [];
  return [
    finding(
      'login-membership',
      `login ${facts.login}`,
      `The login ${facts.login} may not act for ${APP_ROLE}`,
      [membershipByHand(APP_ROLE, facts.login)],
    ),
  ];
}

function tooMighty(facts: LoginFacts): Finding[] {
  const subject = `login ${facts.login}`;
  const login = quoteName(facts.login);
  const the = `The login of the application, ${facts.login},`;
  const findings: Finding[] = [];
  if (facts.isSuper || facts.bypasses) {
    const how = facts.isSuper ? 'is a superuser' : 'has BYPASSRLS';
    findings.push(
      finding('login-bypasses', subject, `${the} ${how}`, [
        `ALTER ROLE ${login} NOSUPERUSER NOBYPASSRLS`,
      ]),
    );
  }
  if (facts.canBecome.length > 0) {
    findings.push(
      finding('login-becomes', subject, `${the} can become ${facts.canBecome.join(', ')}`, [
        `REVOKE ${facts.canBecome.map(quoteName).join(', ')} FROM ${login}`,
      ]),
    );
  }
  if (facts.owns.length > 0) {
    findings.push(
      finding(
        'login-owns',
        subject,
        `${the} owns ${facts.owns.join(', ')}`,
        [],
        newOwner(facts.owns, 'the login of DATABASE_ADMIN_URL'),
      ),
    );
  }
  return findings;
}

function newOwner(tables: readonly string[], owner: string): string {
  return tables
    .map((table) => `As an administrator run: ALTER TABLE ${table} OWNER TO <${owner}>`)
    .join('; ');
}

function finding(
  rule: string,
  subject: string,
  problem: string,
  mend: readonly string[],
  advice?: string,
): Finding {
  return { rule, severity: 'error', subject, problem, mend, advice };
}
