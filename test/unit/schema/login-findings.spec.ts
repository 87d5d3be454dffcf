import { describe, expect, it } from '@jest/globals';
import { attestLogin } from '../../../src/schema/attestation.js';
import type { LoginFacts } from '../../../src/schema/login-facts.js';
import { loginFindings, systemLoginFindings } from '../../../src/schema/login-findings.js';

const HARMLESS: LoginFacts = {
  login: 'shop',
  version: 180_001,
  isSuper: false,
  bypasses: false,
  canBecome: [],
  owns: [],
  actsForApp: true,
  actsForSystem: false,
  appExists: true,
  systemExists: true,
  appBypasses: false,
  appGranted: [],
  appOwns: [],
};
const TWO_LOGINS = { twoLogins: true, embedded: false };

const rules = (facts: Partial<LoginFacts>, two = TWO_LOGINS) =>
  loginFindings({ ...HARMLESS, ...facts }, two).map((one) => one.rule);

describe('what is wrong with a login', () => {
  it('is nothing where it is harmless', () => {
    expect(rules({})).toEqual([]);
    expect(() => attestLogin(HARMLESS, TWO_LOGINS)).not.toThrow();
  });

  it('is listed to the end', () => {
    expect(
      rules({
        version: 150_003,
        appBypasses: true,
        appOwns: ['invoices'],
        actsForApp: false,
        bypasses: true,
        canBecome: ['rowguard_system'],
        owns: ['invoices'],
      }),
    ).toEqual([
      'server-version',
      'role-bypasses',
      'role-owns',
      'login-membership',
      'login-bypasses',
      'login-becomes',
      'login-owns',
    ]);
  });

  it('comes with the roles to create where they are missing, and nothing that follows from it', () => {
    const facts = {
      ...HARMLESS,
      appExists: false,
      systemExists: false,
      actsForApp: false,
      appBypasses: true,
    };

    const [finding, ...more] = loginFindings(facts, TWO_LOGINS);

    expect(more).toEqual([]);
    expect(finding).toMatchObject({ rule: 'role-missing' });
    expect(finding?.mend).toEqual([
      expect.stringMatching(/^CREATE ROLE rowguard_app NOLOGIN .*NOBYPASSRLS$/),
      expect.stringMatching(/^CREATE ROLE rowguard_system NOLOGIN .*NOBYPASSRLS$/),
      'GRANT rowguard_app TO "shop"',
    ]);
  });

  it('may be more than harmless where one login does all the work', () => {
    expect(rules({ isSuper: true, owns: ['x'] }, { ...TWO_LOGINS, twoLogins: false })).toEqual([]);
  });

  it('does not include the version of the embedded engine', () => {
    expect(rules({ version: 150_000 }, { twoLogins: false, embedded: true })).toEqual([]);
  });

  it('stops the start with the first of it', () => {
    expect(() =>
      attestLogin({ ...HARMLESS, actsForApp: false, canBecome: ['rowguard_system'] }, TWO_LOGINS),
    ).toThrow(
      'The login shop may not act for rowguard_app. As an administrator run: GRANT rowguard_app TO "shop".',
    );
  });

  it('is only a warning where work of the system would fail', () => {
    expect(systemLoginFindings(HARMLESS)).toMatchObject([
      { severity: 'warning', mend: ['GRANT rowguard_system TO "shop"'] },
    ]);
    expect(systemLoginFindings({ ...HARMLESS, actsForSystem: true })).toEqual([]);
  });
});
