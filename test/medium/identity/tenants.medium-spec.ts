import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Membership,
  Session,
  SessionRepository,
  TenantContext,
  TenantsRepository,
  UserRepository,
  VerificationToken,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { ACME } from '../../support/shop.js';
import {
  ANNA,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const SERVERS = [
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;
const DAY_MS = 86_400_000;

const asSystem = <T>(work: () => Promise<T>) => TenantContext.runAsSystem('test', work);
const asAcme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

describe.each(SERVERS)('the tenants themselves on %s', (_, open) => {
  let shipped: ShippedSource;
  let tenants: TenantsRepository;

  beforeAll(async () => {
    shipped = await open(['identity']);
    tenants = new TenantsRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('brings a deleted person back with the memberships, and a deleted tenant', async () => {
    const users = new UserRepository(shipped.source);
    const { person, tenant } = await asSystem(async () => ({
      person: await users.create({ name: 'Rita', email: 'rita@example.com' }),
      tenant: await tenants.open({ name: 'Back', slug: 'back' }),
    }));
    await asSystem(() =>
      shipped.source.manager.insert(Membership, { tenantId: ACME, id: person.id }),
    );

    await asSystem(() => users.delete(person.id));
    const gone = await asAcme(() => shipped.source.manager.countBy(Membership, { id: person.id }));
    await asSystem(() => users.restore(person.id));
    await asSystem(() => tenants.delete(tenant.id));
    await asSystem(() => tenants.restore(tenant.id));

    expect(gone).toBe(0);
    expect(await asAcme(() => users.findById(person.id))).toMatchObject({ name: 'Rita' });
    expect(await asSystem(() => tenants.findBySlug('back'))).toMatchObject({ id: tenant.id });
  });

  it('opens a tenant with its owner', async () => {
    const tenant = await asSystem(() =>
      tenants.open({ name: 'Initech', slug: 'initech', ownerId: ANNA, settings: { plan: 'a' } }),
    );

    const [owner] = await TenantContext.run({ tenantId: tenant.id }, () =>
      shipped.source.getRepository(Membership).find(),
    );
    expect(tenant).toMatchObject({ state: 'active', settings: { plan: 'a' } });
    expect(owner).toMatchObject({ id: ANNA, kind: 'owner', state: 'active' });
  });

  it('opens no tenant whose owner does not exist', async () => {
    const ownerId = '0190ffff-0000-7000-8000-000000000000';

    await expect(
      asSystem(() => tenants.open({ name: 'Half', slug: 'half', ownerId })),
    ).rejects.toThrow();

    await expect(asSystem(() => tenants.findBySlug('half'))).resolves.toBeNull();
  });

  it('suspends, activates and closes, and lets a closed tenant stay closed', async () => {
    const { id } = await asSystem(() => tenants.open({ name: 'Moves', slug: 'moves' }));

    const suspended = await asSystem(() => tenants.suspend(id));
    const active = await asSystem(() => tenants.activate(id));
    const closed = await asSystem(() => tenants.close(id));

    expect([suspended.state, active.state, closed.state]).toEqual([
      'suspended',
      'active',
      'closed',
    ]);
    await expect(asSystem(() => tenants.activate(id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
  });

  it('keeps slugs unique among the living', async () => {
    const { id } = await asSystem(() => tenants.open({ name: 'One', slug: 'same' }));

    const error = await asSystem(() => tenants.open({ name: 'Two', slug: 'same' })).catch(
      (one: unknown) => one,
    );
    await asSystem(() => tenants.delete(id));

    expect(isUniqueViolation(error)).toBe(true);
    await asSystem(() => tenants.open({ name: 'Two', slug: 'same' }));
  });

  it('lets no tenant open, close or suspend one, its own neither', async () => {
    const refused = { code: 'ROWGUARD_STATEMENT_REFUSED' };

    await expect(asAcme(() => tenants.open({ name: 'X', slug: 'x' }))).rejects.toMatchObject(
      refused,
    );
    await expect(asAcme(() => tenants.close(ACME))).rejects.toMatchObject(refused);
    await expect(asSystem(() => tenants.getById(ACME))).resolves.toMatchObject({
      state: 'active',
    });
  });

  it.each([
    ['no name', { name: '', slug: 'x' }],
    ['no slug', { name: 'X', slug: undefined as unknown as string }],
    ['a slug that is too long', { name: 'X', slug: 'x'.repeat(64) }],
    ['an owner that is no id', { name: 'X', slug: 'x', ownerId: 'anna' }],
  ])('refuses to open a tenant with %s', async (_case, values) => {
    await expect(asSystem(() => tenants.open(values))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('purges what has expired, and keeps who is signed in', async () => {
    const sessions = new SessionRepository(shipped.source);
    const [past, future] = [-DAY_MS, DAY_MS].map((away) => new Date(Date.now() + away)) as [
      Date,
      Date,
    ];
    await asSystem(async () => {
      await sessions.insertMany([
        { userId: ANNA, token: 'old', expiresAt: past },
        { userId: ANNA, token: 'new', expiresAt: future },
      ]);
      const tokens = shipped.source.getRepository(VerificationToken);
      await tokens.insert({ identifier: 'a', value: 'b', expiresAt: past });
    });

    const purged = await sessions.purgeExpired();

    expect(purged).toEqual({ sessions: 1, verificationTokens: 1 });
    await expect(asSystem(() => sessions.countBy({ expiresAt: future }))).resolves.toBe(1);
    await expect(asSystem(() => sessions.countBy({ expiresAt: past }))).resolves.toBe(0);
    await expect(sessions.purgeExpired(future)).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('selects no token of a session and no secret of a verification by itself', async () => {
    const row = { userId: ANNA, token: 'hidden-token', expiresAt: new Date(Date.now() + DAY_MS) };
    await asSystem(() => shipped.source.getRepository(Session).insert(row));

    const rows = await asSystem(() => shipped.source.getRepository(Session).find());

    expect(JSON.stringify(rows)).not.toContain('hidden-token');
  });

  it('keeps e-mail addresses unique among people, however they are typed', async () => {
    const users = new UserRepository(shipped.source);
    await asSystem(() => users.create({ name: 'Uma', email: 'uma@people.example' }));

    const error = await asSystem(() =>
      users.create({ name: 'Uma', email: 'uma@people.example' }),
    ).catch((one: unknown) => one);

    expect(isUniqueViolation(error)).toBe(true);
    await expect(asSystem(() => users.findByEmail('UMA@people.example'))).resolves.toMatchObject({
      name: 'Uma',
    });
  });
});

describe.each(SERVERS)('the migration of the identity on %s', (_, open) => {
  it('can be undone, policies and all', async () => {
    const shipped = await open(['identity']);

    try {
      // Those of other domains come after it, and are undone before.
      for (const _one of shipped.source.migrations) await shipped.source.undoLastMigration();
      await expect(asSystem(() => shipped.source.query('SELECT 1 FROM users'))).rejects.toThrow(
        /does not exist/,
      );
    } finally {
      await shipped.close();
    }
  });
});
