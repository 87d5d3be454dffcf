import { describe, expect, it } from '@jest/globals';
import { TokenSeal } from '../../../src/better-auth/token-seal.js';
import { withoutValues } from '../../../src/better-auth/without-values.js';

const seal = new TokenSeal('a secret of the tests, long enough to be one');
const TOKEN = 'mR3Zt0pQ8sVb1XyKc5LdWe7HgJfN2aUi';

describe('TokenSeal', () => {
  it('gives one token the same text each time, so that it can be looked up', () => {
    expect(seal.seal(TOKEN)).toBe(seal.seal(TOKEN));
    expect(seal.seal(TOKEN)).not.toBe(seal.seal(`${TOKEN}x`));
  });

  it('opens what it sealed, and the sealed text does not show the token', () => {
    const sealed = seal.seal(TOKEN);

    expect(seal.open(sealed)).toBe(TOKEN);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain(TOKEN.slice(0, 8));
  });

  it('opens nothing that was sealed with another secret', () => {
    const other = new TokenSeal('another secret of the tests, long enough too');

    expect(other.open(seal.seal(TOKEN))).toBeUndefined();
    expect(other.seal(TOKEN)).not.toBe(seal.seal(TOKEN));
  });

  it.each(['', 'short', TOKEN, `${'A'.repeat(64)}`, '*** no base64 ***'])(
    'opens nothing that was not sealed: %p',
    (text) => {
      expect(seal.open(text)).toBeUndefined();
    },
  );

  it('opens nothing of which a single character was changed', () => {
    const sealed = seal.seal(TOKEN);
    const changed = sealed.split('').map((letter, at) => {
      const other = letter === 'A' ? 'Q' : 'A';
      return sealed.slice(0, at) + other + sealed.slice(at + 1);
    });

    expect(changed.map((text) => seal.open(text)).filter((one) => one === TOKEN)).toEqual([]);
  });
});

describe('an error of a login table', () => {
  it('keeps its code and its constraint, and loses the values of the statement', () => {
    const driver = Object.assign(new Error('duplicate key'), {
      code: '23505',
      constraint: 'ix_sessions_token_active',
      detail: 'Key (token)=(secret) already exists.',
    });
    const error = Object.assign(new Error('duplicate key'), {
      driverError: driver,
      parameters: ['secret'],
    });

    const told = withoutValues(new Error('Rowguard', { cause: error }));

    expect(JSON.stringify([told, error, driver, error.parameters])).not.toContain('secret');
    expect(driver).toMatchObject({ code: '23505', constraint: 'ix_sessions_token_active' });
  });

  it.each([undefined, null, 'text', 7])('that is %p stays what it is', (thrown) => {
    expect(withoutValues(thrown)).toBe(thrown);
  });
});
