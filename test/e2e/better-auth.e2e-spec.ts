import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Account,
  Membership,
  PasswordHasher,
  Session,
  TenantContext,
  User,
  VerificationToken,
  createDataSource,
} from 'nestjs-rowguard';
import { authDatabase } from 'nestjs-rowguard/better-auth';
import {
  AUTH_SECRET,
  AuthClient,
  PASSWORD,
  type SessionBody,
  type Told,
  createAuth,
  onceBeforeSignUp,
  resetTokens,
} from '../support/auth-client.js';
import { ScratchDatabase } from '../support/scratch-database.js';
import { ACME } from '../support/shop.js';
import { type ShippedSource, openEmbeddedShipped, openShipped } from '../support/shipped-source.js';
import { opened } from '../support/opened-source.js';

const SERVERS = [
  ['a server with one login', () => openShipped(['identity'])],
  ['a server with two logins', openWithTwoLogins],
  ['the embedded engine', () => openEmbeddedShipped(['identity'])],
] as const;

describe.each(SERVERS)('better-auth on %s', (_, open) => {
  const told: Told[] = [];
  let shipped: ShippedSource;
  let auth: ReturnType<typeof createAuth>;
  let browser: AuthClient;
  const all = <T extends object>(entity: new () => T, where: object, select = {}) =>
    TenantContext.runAsSystem('a look', () =>
      shipped.source.getRepository<object>(entity).find({ where, select }),
    ) as Promise<T[]>;

  beforeAll(async () => {
    shipped = await open();
    auth = createAuth(shipped.source, told);
  });
  beforeEach(() => {
    browser = new AuthClient(auth);
  });
  afterAll(() => shipped.close());

  it('signs up by e-mail, reads the session, signs out, and has no session then', async () => {
    const answer = await browser.signUp('Bea@People.example');
    const session = await browser.session();
    const out = await browser.send('/sign-out', {});

    expect([answer.status, out.status]).toEqual([200, 200]);
    expect(session?.user).toMatchObject({ email: 'bea@people.example', name: 'Bea' });
    await expect(browser.session()).resolves.toBeNull();
    await expect(all(Session, { userId: session?.user.id })).resolves.toEqual([]);
  });

  it('signs in through its api, and reads the session from the headers', async () => {
    await browser.signUp('carl@people.example');

    const { headers } = await auth.api.signInEmail({
      body: { email: 'carl@people.example', password: PASSWORD },
      returnHeaders: true,
    });
    const cookie = headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const session = await auth.api.getSession({ headers: new Headers({ cookie }) });

    expect(session?.user.email).toBe('carl@people.example');
  });

  it('refuses a wrong password, and an address that nobody has', async () => {
    await browser.signUp('dora@people.example');
    const other = new AuthClient(auth);

    const wrong = await other.signIn('dora@people.example', 'not the password');
    const unknown = await other.signIn('nobody@people.example');

    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    await expect(other.session()).resolves.toBeNull();
  });

  it('stores the password as a hash that the hasher knows', async () => {
    await browser.signUp('emil@people.example');
    const session = await browser.session();

    const where = { userId: session?.user.id };
    const [account] = await all(Account, where, { id: true, password: true });
    const [shown] = await all(Account, where);

    expect(account?.password).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/);
    await expect(new PasswordHasher().verify(PASSWORD, `${account?.password}`)).resolves.toBe(true);
    expect(shown).not.toHaveProperty('password');
  });

  it('keeps no session token that a thief of the database could use', async () => {
    await browser.signUp('fred@people.example');
    const session = await browser.session();

    const where = { userId: session?.user.id };
    const [row] = await all(Session, where, { id: true, token: true });

    expect(row?.token).not.toContain(session?.session.token);
    expect(row?.token).toMatch(/^[\w-]{64}$/);
  });

  it('lists the sessions of a person, and ends one, the others, or all', async () => {
    await browser.signUp('gerd@people.example');
    const [second, third] = [new AuthClient(auth), new AuthClient(auth)];
    await second.signIn('gerd@people.example');
    await third.signIn('gerd@people.example');
    const token = (await second.session())?.session.token;

    const listed = (await (
      await browser.send('/list-sessions')
    ).json()) as SessionBody['session'][];
    await browser.send('/revoke-session', { token });

    expect(listed.map((one) => one.token)).toContain(token);
    expect(listed).toHaveLength(3);
    await expect(second.session()).resolves.toBeNull();
    await browser.send('/revoke-other-sessions', {});
    await expect(third.session()).resolves.toBeNull();
    await expect(browser.session()).resolves.not.toBeNull();
    await browser.send('/revoke-sessions', {});
    await expect(browser.session()).resolves.toBeNull();
  });

  it('sets a password again by a token that is stored as a hash and works once', async () => {
    await browser.signUp('hans@people.example');
    await browser.send('/request-password-reset', { email: 'hans@people.example' });
    const token = resetTokens.at(-1) ?? '';
    const stored = await all(VerificationToken, {}, { id: true, identifier: true });

    const first = await browser.send('/reset-password', { token, newPassword: 'a new password' });
    const again = await browser.send('/reset-password', { token, newPassword: 'another one!' });

    expect(token).not.toBe('');
    expect(stored.filter((one) => one.identifier.includes(token))).toEqual([]);
    expect([first.status, again.status]).toEqual([200, 400]);
    expect((await browser.signIn('hans@people.example', 'a new password')).status).toBe(200);
  });

  it('refuses an address that is taken, and writes no secret to its log', async () => {
    await browser.signUp('ida@people.example');

    const second = await new AuthClient(auth).signUp('ida@people.example');

    expect(second.status).toBe(422);
    expect(JSON.stringify(told)).not.toMatch(/scrypt|correct horse/);
  });

  it('undoes a sign-up of which a part failed', async () => {
    onceBeforeSignUp(() => Promise.reject(new Error('the hook of the application failed')));

    const answer = await browser.signUp('jan@people.example');

    expect(answer.status).toBeGreaterThanOrEqual(400);
    await expect(all(User, { email: 'jan@people.example' })).resolves.toEqual([]);
  });

  it("leaves the application's hooks the rights of whoever called", async () => {
    let seen: unknown;
    onceBeforeSignUp(async () => {
      seen = await shipped.source
        .getRepository(User)
        .count()
        .catch((error: unknown) => (error as { code?: string }).code);
    });

    await browser.signUp('kai@people.example');

    // On the embedded engine the transaction holds the only connection.
    expect(seen).toBe(shipped.database ? 0 : 'ROWGUARD_EMBEDDED_ENGINE');
  });

  it('deletes a person softly, and what they signed in with for good', async () => {
    await browser.signUp('lea@people.example');
    const id = (await browser.session())?.user.id ?? '';
    await TenantContext.run({ tenantId: ACME }, () =>
      shipped.source.getRepository(Membership).insert({ id }),
    );

    const answer = await browser.send('/delete-user', { password: PASSWORD });

    expect(answer.status).toBe(200);
    await expect(all(Account, { userId: id })).resolves.toEqual([]);
    await expect(all(Membership, { id })).resolves.toEqual([]);
    await expect(all(User, { id })).resolves.toEqual([]);
    expect((await browser.signIn('lea@people.example')).status).toBe(401);
    expect((await browser.signUp('lea@people.example')).status).toBe(200);
  });

  it.each([Account, Session, VerificationToken])(
    'keeps the tenants away from the rows of %p',
    async (entity) => {
      const rows = shipped.source.getRepository<object>(entity);
      const { tableName } = rows.metadata;
      const asTenant = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

      await expect(asTenant(() => rows.find())).rejects.toThrow();
      await expect(asTenant(() => rows.query(`SELECT * FROM ${tableName}`))).rejects.toThrow();
    },
  );

  it('is refused without a secret to seal tokens with', () => {
    expect(() => authDatabase(shipped.source)({ secret: 'short' })).toThrow(
      expect.objectContaining({ code: 'ROWGUARD_OPTIONS_INVALID' }),
    );
  });

  it("is refused for the tenants' own tables, and for tables that are not there", async () => {
    const asked = (modelName: string) =>
      authDatabase(shipped.source)({ secret: AUTH_SECRET, user: { modelName } }).findOne({
        model: 'user',
        where: [{ field: 'email', value: 'x' }],
      });

    await expect(asked('memberships')).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
    await expect(asked('user')).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });
});

async function openWithTwoLogins(): Promise<ShippedSource> {
  const first = await openShipped(['identity']);
  await first.source.destroy();
  const database = first.database as ScratchDatabase;
  const { url } = await database.createLogin();
  const source = createDataSource({ url, adminUrl: database.url, schema: ['identity'] });
  return opened(source, database);
}
