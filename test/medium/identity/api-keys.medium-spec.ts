import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiKey,
  ApiKeyRepository,
  MembershipRepository,
  TenantContext,
  TenantsRepository,
  UserRepository,
} from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const SERVERS = [
  ['a server', () => openShipped(['identity'])],
  [
    'a server, by the predicate alone',
    () => openShipped(['identity'], { tenancy: { walls: { policies: false, predicate: true } } }),
  ],
  ['the embedded engine', () => openEmbeddedShipped(['identity'])],
] as const;
const OTHER = '0190c000-0000-7000-8000-000000000001';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('test', work);

describe.each(SERVERS)('API keys on %s', (_, open) => {
  let shipped: ShippedSource;
  let keys: ApiKeyRepository;

  beforeAll(async () => {
    shipped = await open();
    keys = new ApiKeyRepository(shipped.source);
    await asSystem(() =>
      new TenantsRepository(shipped.source).create({ id: OTHER, name: 'Other', slug: 'other' }),
    );
  });
  afterAll(async () => {
    await keys.settled();
    await shipped.close();
  });

  it('are put into no order by their hash, from which a cursor could find it out', async () => {
    for (const order of [{ keyHash: 'ASC' }, { keyHash: 'DESC', id: 'ASC' }] as const) {
      await expect(as(ACME, () => keys.findPage({ order }))).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
        message: expect.stringContaining('keyHash is hidden'),
      });
    }
  });

  it('issues a key whose secret is shown once, and stores a hash with a visible prefix', async () => {
    const { key, secret } = await as(ACME, () =>
      keys.issue({ name: 'ci', scopes: ['notes:read', 'notes:read'], userId: ANNA }),
    );

    const [stored] = await asSystem(() =>
      shipped.source.query<{ key_hash: string }[]>('SELECT * FROM api_keys WHERE id = $1', [
        key.id,
      ]),
    );
    expect(secret.startsWith(key.prefix)).toBe(true);
    expect(key).toMatchObject({ name: 'ci', scopes: ['notes:read'], userId: ANNA });
    expect(JSON.stringify(stored)).not.toContain(secret.slice(12));
    expect(stored?.key_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toHaveProperty('keyHash');
  });

  it('verifies a key before any tenant is known', async () => {
    const { key, secret } = await as(ACME, () => keys.issue({ name: 'guard' }));

    const verified = await keys.verify(secret);

    expect(verified).toMatchObject({ id: key.id, tenantId: ACME, name: 'guard', userId: null });
    expect(verified).not.toHaveProperty('keyHash');
  });

  it('verifies a key while another tenant is in hand, and leaves that tenant in hand', async () => {
    const { secret } = await as(ACME, () => keys.issue({ name: 'elsewhere' }));

    const [verified, current] = await as(GLOBEX, async () => [
      await keys.verify(secret),
      TenantContext.require().tenantId,
    ]);

    expect(verified).toMatchObject({ tenantId: ACME });
    expect(current).toBe(GLOBEX);
  });

  it('notes the last use, without a wait in the way of the request', async () => {
    const { key, secret } = await as(ACME, () => keys.issue({ name: 'used' }));

    const verified = await keys.verify(secret);
    await keys.settled();

    expect(verified?.lastUsedAt).toBeNull();
    const { lastUsedAt } = await as(ACME, () => keys.getById(key.id));
    expect(lastUsedAt).toBeInstanceOf(Date);
    await keys.verify(secret);
    await keys.settled();
    await expect(as(ACME, () => keys.getById(key.id))).resolves.toMatchObject({ lastUsedAt });
  });

  it('does not note a use in the transaction of the request, which may be undone', async () => {
    const { key, secret } = await as(ACME, () => keys.issue({ name: 'undone' }));

    await as(ACME, () =>
      keys.transaction(async () => {
        await keys.verify(secret);
        throw new Error('undone');
      }),
    ).catch(() => undefined);
    await keys.settled();

    const { lastUsedAt } = await as(ACME, () => keys.getById(key.id));
    expect(lastUsedAt).toBeInstanceOf(Date);
  });

  it('verifies no key that is revoked, and revokes once', async () => {
    const { key, secret } = await as(ACME, () => keys.issue({ name: 'revoked' }));

    const first = await as(ACME, () => keys.revoke(key.id));
    const again = await as(ACME, () => keys.revoke(key.id));

    expect(first.revokedAt).toBeInstanceOf(Date);
    expect(again.revokedAt).toEqual(first.revokedAt);
    await expect(keys.verify(secret)).resolves.toBeNull();
  });

  it('verifies no key that has expired, or that was deleted', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { key, secret } = await as(ACME, () => keys.issue({ name: 'short', expiresAt }));
    const gone = await as(ACME, () => keys.issue({ name: 'gone' }));

    await expect(keys.verify(secret)).resolves.toMatchObject({ expiresAt });
    await as(ACME, () => keys.update(key.id, { expiresAt: new Date(Date.now() - 1) }));
    await as(ACME, () => keys.delete(gone.key.id));

    await expect(keys.verify(secret)).resolves.toBeNull();
    await expect(keys.verify(gone.secret)).resolves.toBeNull();
  });

  it('verifies the key of a member only while the member is active', async () => {
    const members = new MembershipRepository(shipped.source);
    const { id: userId } = await as(ACME, () =>
      new UserRepository(shipped.source).createMember({ email: 'keys@people.example' }),
    );
    const { secret } = await as(ACME, () => keys.issue({ name: 'theirs', userId }));

    const before = await keys.verify(secret);
    await as(ACME, () => members.suspend(userId));
    const suspended = await keys.verify(secret);
    await as(ACME, () => members.activate(userId));
    const after = await keys.verify(secret);

    expect([before?.userId, suspended, after?.userId]).toEqual([userId, null, userId]);
  });

  it('verifies no key of a tenant that is suspended', async () => {
    const tenants = new TenantsRepository(shipped.source);
    const { secret } = await as(OTHER, () => keys.issue({ name: 'tenant' }));

    const before = await keys.verify(secret);
    await asSystem(() => tenants.suspend(OTHER));

    expect(before).not.toBeNull();
    await expect(keys.verify(secret)).resolves.toBeNull();
  });

  it('verifies no key that names another tenant than its own', async () => {
    const { secret } = await as(ACME, () => keys.issue({ name: 'forged' }));
    const forged = secret.replace(ACME.replaceAll('-', ''), GLOBEX.replaceAll('-', ''));

    expect(forged).not.toBe(secret);
    await expect(keys.verify(forged)).resolves.toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['a number', 7],
    ['SQL', "' OR true --"],
    ['a key with one character changed', `rgk_${'A'.repeat(43)}_${ACME.replaceAll('-', '')}`],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('answers null for %s', async (_case, secret) => {
    await expect(keys.verify(secret as string)).resolves.toBeNull();
  });

  it('lists the keys of the tenant, or of one member, and none of another tenant', async () => {
    const { key } = await as(GLOBEX, () => keys.issue({ name: 'theirs', userId: GUSTAV }));

    const all = await as(GLOBEX, () => keys.list());
    const own = await as(GLOBEX, () => keys.list({ userId: GUSTAV }));

    expect(all.map((one) => one.id)).toEqual([key.id]);
    expect(own.map((one) => one.id)).toEqual([key.id]);
    const inAcme = await as(ACME, () => keys.list());
    expect(inAcme.every((one) => one.tenantId === ACME)).toBe(true);
    await expect(as(ACME, () => keys.revoke(key.id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it.each([
    ['no name', { name: '' }, 'INPUT_INVALID'],
    ['a name that is too long', { name: 'x'.repeat(201) }, 'INPUT_INVALID'],
    ['scopes that are no list', { name: 'x', scopes: 'all' as never }, 'INPUT_INVALID'],
    ['a scope that is no word', { name: 'x', scopes: [7 as never] }, 'INPUT_INVALID'],
    ['a user that is no id', { name: 'x', userId: 'anna' }, 'INPUT_INVALID'],
    ["another tenant's member", { name: 'x', userId: GUSTAV }, 'ROW_NOT_FOUND'],
    ['an end in the past', { name: 'x', expiresAt: new Date(0) }, 'INPUT_INVALID'],
    ['an end that is no time', { name: 'x', expiresAt: new Date(Number.NaN) }, 'INPUT_INVALID'],
  ])('refuses to issue a key with %s', async (_case, values, code) => {
    const before = await as(ACME, () => keys.count());

    const refusal = as(ACME, () => keys.issue(values));

    await expect(refusal).rejects.toMatchObject({ code: `ROWGUARD_${code}` });
    await expect(as(ACME, () => keys.count())).resolves.toBe(before);
  });

  it('is refused without a tenant', async () => {
    await expect(keys.issue({ name: 'x' })).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
  });

  it('selects no hash when keys are read as rows', async () => {
    const rows = await as(ACME, () => shipped.source.getRepository(ApiKey).find());

    expect(JSON.stringify(rows)).not.toMatch(/keyHash|key_hash|[0-9a-f]{64}/);
  });
});
