import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiKeyRepository,
  Membership,
  MembershipRepository,
  RoleRepository,
  TenantContext,
  User,
  UserRepository,
  isCheckViolation,
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

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

describe.each(SERVERS)('members of a tenant on %s', (_, open) => {
  let shipped: ShippedSource;
  let users: UserRepository;
  let members: MembershipRepository;

  beforeAll(async () => {
    shipped = await open();
    users = new UserRepository(shipped.source);
    members = new MembershipRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const usersOf = (email: string) =>
    TenantContext.runAsSystem('a look', () =>
      shipped.source.getRepository(User).find({ where: { email }, withDeleted: true }),
    );

  it('creates a user who is new, and the membership in the tenant in hand', async () => {
    const member = await as(ACME, () =>
      users.createMember({ email: 'Bert@Acme.example', name: 'Bert', kind: 'admin' }),
    );

    expect(member).toMatchObject({ tenantId: ACME, kind: 'admin', state: 'active' });
    const found = await as(ACME, () => users.findByEmail(' BERT@acme.example '));
    expect(found).toMatchObject({ id: member.id, name: 'Bert', email: 'bert@acme.example' });
    await expect(as(GLOBEX, () => users.findByEmail('bert@acme.example'))).resolves.toBeNull();
  });

  it('keeps a person who belongs to another tenant as one user', async () => {
    const member = await as(ACME, () => users.createMember({ email: 'gustav@globex.example' }));

    expect(member.id).toBe(GUSTAV);
    await expect(usersOf('gustav@globex.example')).resolves.toHaveLength(1);
  });

  it('changes nothing for somebody who is a member already', async () => {
    const member = await as(ACME, () =>
      users.createMember({ email: 'anna@acme.example', name: 'Else', kind: 'guest' }),
    );

    expect(member).toMatchObject({ id: ANNA, kind: 'owner', state: 'active' });
    await expect(usersOf('anna@acme.example')).resolves.toMatchObject([{ name: 'Anna' }]);
  });

  it('creates one user where two tenants add the same address at once', async () => {
    const email = 'both@people.example';

    const [one, other] = await Promise.all([
      as(ACME, () => users.createMember({ email })),
      as(GLOBEX, () => users.createMember({ email })),
    ]);

    expect(one.id).toBe(other.id);
    expect([one.tenantId, other.tenantId]).toEqual([ACME, GLOBEX]);
  });

  it('invites an address without telling whether the person is known here', async () => {
    await as(GLOBEX, () => users.createMember({ email: 'known@people.example', name: 'Known' }));

    const [known, unknown] = await as(ACME, () =>
      Promise.all([
        members.invite({ email: 'known@people.example', name: 'X' }),
        members.invite({ email: 'unknown@people.example', name: 'X' }),
      ]),
    );

    const shape = { state: 'invited', kind: 'member', version: 1, deletedAt: null };
    expect(known).toMatchObject({ ...shape, invitedEmail: 'known@people.example' });
    expect(unknown).toMatchObject({ ...shape, invitedEmail: 'unknown@people.example' });
    expect(Object.keys(known)).toEqual(Object.keys(unknown));
    // Of a random kind: another would tell when the person came here.
    expect([known.id, unknown.id].map((id) => id[14])).toEqual(['4', '4']);
    const seen = await as(ACME, async () => [
      await users.findByEmail('known@people.example'),
      await users.findByEmail('unknown@people.example'),
    ]);
    expect(seen).toEqual([null, null]);
  });

  it('shows the person once the invitation is accepted', async () => {
    const { id } = await as(ACME, () => members.invite({ email: 'soon@people.example' }));

    const active = await as(ACME, () => members.activate(id));

    expect(active.state).toBe('active');
    await expect(as(ACME, () => users.findByEmail('soon@people.example'))).resolves.toMatchObject({
      id,
      name: 'soon',
    });
  });

  it('lists the members with their people, and the invited without', async () => {
    const { id } = await as(ACME, () => members.invite({ email: 'later@people.example' }));

    const { items } = await as(ACME, () => members.members({ limit: 100 }));

    expect(items.find((one) => one.id === ANNA)?.user.email).toBe('anna@acme.example');
    expect(items.find((one) => one.id === id)).toMatchObject({
      user: null,
      invitedEmail: 'later@people.example',
    });
    expect(items.every((one) => one.tenantId === ACME)).toBe(true);
  });

  it('suspends and activates, and refuses every other move', async () => {
    const { id } = await as(ACME, () => users.createMember({ email: 'moves@people.example' }));
    const invited = await as(ACME, () => members.invite({ email: 'stays@people.example' }));

    await expect(as(ACME, () => members.suspend(id))).resolves.toMatchObject({
      state: 'suspended',
    });
    await expect(as(ACME, () => members.suspend(id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
    await expect(as(ACME, () => members.activate(id))).resolves.toMatchObject({ state: 'active' });
    await expect(as(ACME, () => members.suspend(invited.id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
  });

  it("does not move, remove or find another tenant's member", async () => {
    const { id } = await as(GLOBEX, () => users.createMember({ email: 'theirs@people.example' }));

    await expect(as(ACME, () => members.suspend(id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
    await expect(as(ACME, () => members.delete(id))).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
    await expect(as(GLOBEX, () => members.getById(id))).resolves.toMatchObject({ state: 'active' });
  });

  it('removes a member softly with roles and keys, and restores all of it as one act', async () => {
    const roles = new RoleRepository(shipped.source);
    const keys = new ApiKeyRepository(shipped.source);
    const { id } = await as(ACME, () => users.createMember({ email: 'leaves@people.example' }));
    const { id: roleId } = await as(ACME, () =>
      roles.create({ name: 'leaver', permissions: ['notes:read'] }),
    );
    await as(ACME, () => roles.grant(id, roleId));
    await as(ACME, () => keys.issue({ name: 'mine', userId: id }));

    await as(ACME, () => members.delete(id));
    const gone = await as(ACME, () =>
      Promise.all([members.findById(id), roles.permissionsOf(id), keys.list({ userId: id })]),
    );
    await as(ACME, () => members.restore(id));
    const back = await as(ACME, () =>
      Promise.all([members.findById(id), roles.permissionsOf(id), keys.list({ userId: id })]),
    );

    expect(gone).toEqual([null, [], []]);
    expect(back).toMatchObject([{ id }, ['notes:read'], [{ name: 'mine' }]]);
  });

  it('takes somebody who left back in, in the state that is asked for', async () => {
    const email = 'returns@people.example';
    const { id } = await as(ACME, () => users.createMember({ email, kind: 'admin' }));
    await as(ACME, () => members.delete(id));

    const back = await as(ACME, () => members.invite({ email }));

    expect(back).toMatchObject({ id, kind: 'member', state: 'invited', deletedAt: null });
  });

  it('deletes a person in every tenant, as system work', async () => {
    const email = 'gone@people.example';
    const { id } = await as(ACME, () => users.createMember({ email }));
    await as(GLOBEX, () => users.createMember({ email }));

    await TenantContext.runAsSystem('asked to be forgotten', () => users.delete(id));

    await expect(as(ACME, () => members.findById(id))).resolves.toBeNull();
    await expect(as(GLOBEX, () => members.findById(id))).resolves.toBeNull();
    await expect(as(ACME, () => users.delete(ANNA))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });

  it.each([
    ['no address', { email: '' }],
    ['an address without @', { email: 'nobody' }],
    ['an address of a megabyte', { email: `${'x'.repeat(1e6)}@people.example` }],
    ['an address that is no text', { email: 7 as unknown as string }],
    ['a nul byte', { email: 'a\0@people.example' }],
    ['an empty name', { email: 'ok@people.example', name: ' ' }],
    ['an unknown kind', { email: 'ok@people.example', kind: 'king' as 'owner' }],
  ])('refuses to invite or add %s', async (_case, invitation) => {
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };

    await expect(as(ACME, () => members.invite(invitation))).rejects.toMatchObject(refused);
    await expect(as(ACME, () => users.createMember(invitation))).rejects.toMatchObject(refused);
  });

  it('refuses work without a tenant, and ids that are none', async () => {
    await expect(users.createMember({ email: 'ok@people.example' })).rejects.toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
    await expect(as(ACME, () => members.suspend("' OR true"))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('holds in the database to addresses in lower case, and to the states', async () => {
    const insert = () =>
      shipped.source.getRepository(User).insert({ name: 'X', email: 'Upper@People.example' });
    const state = 'away' as 'active';

    const change = () => shipped.source.getRepository(Membership).update({ id: ANNA }, { state });

    const errors = await Promise.all([
      TenantContext.runAsSystem('test', insert).catch((error: unknown) => error),
      as(ACME, change).catch((error: unknown) => error),
    ]);

    expect(errors.map(isRefusedValue)).toEqual([true, true]);
  });
});

function isRefusedValue(error: unknown): boolean {
  return (
    isCheckViolation(error) || (error as { code?: string }).code === 'ROWGUARD_VALIDATION_FAILED'
  );
}
