import { describe, expect, it } from '@jest/globals';
import { PASSWORD_COST, PasswordHasher } from 'nestjs-rowguard';

const CHEAP = { ln: 4, r: 8, p: 1 };
const hasher = new PasswordHasher(CHEAP);

describe('PasswordHasher', () => {
  it('recognises a password by its hash, and no other password', async () => {
    const stored = await hasher.hash('open sesame');

    await expect(hasher.verify('open sesame', stored)).resolves.toBe(true);
    await expect(hasher.verify('open sesamE', stored)).resolves.toBe(false);
  });

  it('writes down how a hash was made, and the same password never twice alike', async () => {
    const [one, other] = [await hasher.hash('open sesame'), await hasher.hash('open sesame')];

    expect(one).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(other);
  });

  it('verifies what was hashed at another cost, and says that it needs a new hash', async () => {
    const stored = await new PasswordHasher({ ln: 5, r: 4, p: 2 }).hash('open sesame');

    await expect(hasher.verify('open sesame', stored)).resolves.toBe(true);
    expect(hasher.needsRehash(stored)).toBe(true);
    expect(hasher.needsRehash(await hasher.hash('open sesame'))).toBe(false);
    expect(hasher.needsRehash('$2b$12$of another program')).toBe(true);
  });

  it('spends what OWASP asks for unless told otherwise', async () => {
    const stored = await new PasswordHasher().hash('open sesame');

    expect(PASSWORD_COST).toEqual({ ln: 15, r: 8, p: 3 });
    expect(stored).toContain('$ln=15,r=8,p=3$');
  });

  it('takes one letter for the same, however the keyboard types it', async () => {
    const stored = await hasher.hash('caf\u00e9');

    await expect(hasher.verify('cafe\u0301', stored)).resolves.toBe(true);
  });

  it.each([
    ['an empty password', ''],
    ['no text', 12345 as unknown as string],
    ['nothing', undefined as unknown as string],
    ['a password of a megabyte', 'x'.repeat(1_000_000)],
  ])('refuses to hash %s, and verifies it as wrong', async (_, password) => {
    const stored = await hasher.hash('open sesame');

    await expect(hasher.hash(password)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    await expect(hasher.verify(password, stored)).resolves.toBe(false);
  });

  it.each([
    ['nothing', undefined as unknown as string],
    ['an empty text', ''],
    ['a password in the clear', 'open sesame'],
    ['a hash that was cut', '$scrypt$ln=4,r=8,p=1$AAAA$BBBB'],
    ['a hash without a cost', `$scrypt$ln=0,r=0,p=0$${'A'.repeat(22)}$${'A'.repeat(43)}`],
    ['a cost that nobody can bear', `$scrypt$ln=40,r=99,p=99$${'A'.repeat(22)}$${'A'.repeat(43)}`],
  ])('answers false where what is stored is %s', async (_, stored) => {
    await expect(hasher.verify('open sesame', stored)).resolves.toBe(false);
    expect(hasher.needsRehash(stored)).toBe(true);
  });

  it.each([
    { ln: 0, r: 8, p: 1 },
    { ln: 1.5, r: 8, p: 1 },
    { ln: 30, r: 8, p: 1 },
  ])('refuses the cost %o', (cost) => {
    expect(() => new PasswordHasher(cost)).toThrow(
      expect.objectContaining({ code: 'ROWGUARD_OPTIONS_INVALID' }),
    );
  });

  it('shows no password in its errors', async () => {
    const long = 'secret'.repeat(1_000);

    await expect(hasher.hash(long)).rejects.not.toThrow(/secretsecret/);
  });
});
