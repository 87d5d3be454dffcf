import { APP_ROLE, SYSTEM_ROLE } from '../context/role-names.js';
import { AttestationError } from '../errors/attestation.error.js';
import { quoteName } from './sql.js';
import { type LoginFacts, needsRole } from './login-facts.js';
import { requiredUpgrade } from './server-version.js';

export interface AttestationRules {
  /** Two logins were given: the one of the application must be harmless by itself. */
  readonly twoLogins: boolean;
  readonly embedded: boolean;
}

/** Refuses a login or role under which row-level security would not hold. */
export function attestLogin(facts: LoginFacts, rules: AttestationRules): void {
  const upgrade = rules.embedded ? undefined : requiredUpgrade(facts.version);
  if (upgrade) {
    throw failed(
      `The server is PostgreSQL ${Math.floor(facts.version / 10_000)}.${facts.version % 10_000}, which has known holes in row-level security`,
      `Upgrade the server to ${upgrade} or later`,
    );
  }
  if (facts.appBypasses) {
    throw failed(
      `The role ${APP_ROLE} can bypass row-level security, or become a role that can`,
      `As an administrator run: ALTER ROLE ${APP_ROLE} NOSUPERUSER NOBYPASSRLS; and revoke from it every role that bypasses, ${SYSTEM_ROLE} among them`,
    );
  }
  if (facts.appOwns.length > 0) {
    throw failed(
      `The role ${APP_ROLE} owns tables (${facts.appOwns.join(', ')}), and an owner can switch row-level security off`,
      facts.appOwns
        .map(
          (table) =>
            `As an administrator run: ALTER TABLE ${table} OWNER TO <the owner of your schema>`,
        )
        .join('; '),
    );
  }
  if (!facts.isSuper && !facts.actsForApp) {
    throw failed(
      `The login ${facts.login} may not act for ${APP_ROLE}`,
      `As an administrator run: GRANT ${APP_ROLE} TO ${quoteName(facts.login)}`,
    );
  }
  if (rules.twoLogins && needsRole(facts)) throw tooMighty(facts);
}

function tooMighty(facts: LoginFacts): AttestationError {
  const login = quoteName(facts.login);
  if (facts.isSuper || facts.bypasses) {
    return failed(
      `The login of the application, ${facts.login}, ${facts.isSuper ? 'is a superuser' : 'has BYPASSRLS'}`,
      `As an administrator run: ALTER ROLE ${login} NOSUPERUSER NOBYPASSRLS`,
    );
  }
  if (facts.canBecome.length > 0) {
    return failed(
      `The login of the application, ${facts.login}, can become ${facts.canBecome.join(', ')}`,
      `As an administrator run: REVOKE ${facts.canBecome.map(quoteName).join(', ')} FROM ${login}`,
    );
  }
  return failed(
    `The login of the application, ${facts.login}, owns ${facts.owns.join(', ')}`,
    facts.owns
      .map(
        (table) =>
          `As an administrator run: ALTER TABLE ${table} OWNER TO <the login of DATABASE_ADMIN_URL>`,
      )
      .join('; '),
  );
}

function failed(problem: string, mend: string): AttestationError {
  return new AttestationError({ problem, mend });
}
