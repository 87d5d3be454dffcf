import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  MembershipRepository,
  RoleRepository,
  TenantContext,
  UserRepository,
  UserRole,
  WorkspaceRepository,
  isForeignKeyViolation,
  isUniqueViolation,
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
const NOBODY = '0190ffff-0000-7000-8000-000000000000';

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

describe.each(SERVERS)('roles and workspaces on %s', (_, open) => {
  let shipped: ShippedSource;
  let roles: RoleRepository;
  let workspaces: WorkspaceRepository;
  let count = 0;

  const newRole = (...permissions: string[]) =>
    as(ACME, () => roles.create({ name: `role ${++count}`, permissions }));
  const newWorkspace = () =>
    as(ACME, () => workspaces.create({ name: 'Team', slug: `team-${++count}` }));
  const newMember = () =>
    as(ACME, () =>
      new UserRepository(shipped.source).createMember({ email: `p${++count}@people.example` }),
    );

  beforeAll(async () => {
    shipped = await open();
    roles = new RoleRepository(shipped.source);
    workspaces = new WorkspaceRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('grants a role, and answers what the person may do', async () => {
    const { id } = await newMember();
    const [reader, writer] = [await newRole('notes:read'), await newRole('notes:write', 'a:b')];
    await as(ACME, () => roles.grant(id, reader.id));
    await as(ACME, () => roles.grant(id, writer.id));

    const [permissions, may, mayNot] = await as(ACME, () =>
      Promise.all([
        roles.permissionsOf(id),
        roles.can(id, 'notes:write'),
        roles.can(id, 'notes:delete'),
      ]),
    );

    expect(permissions).toEqual(['a:b', 'notes:read', 'notes:write']);
    expect([may, mayNot]).toEqual([true, false]);
  });

  it('takes * for every permission', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('*');
    await as(ACME, () => roles.grant(id, roleId));

    await expect(as(ACME, () => roles.can(id, 'anything'))).resolves.toBe(true);
  });

  it('grants a role for one workspace alone', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:write');
    const [here, there] = [await newWorkspace(), await newWorkspace()];
    await as(ACME, () => roles.grant(id, roleId, { workspaceId: here.id }));

    const answers = await as(ACME, () =>
      Promise.all([
        roles.can(id, 'notes:write'),
        roles.can(id, 'notes:write', { workspaceId: here.id }),
        roles.can(id, 'notes:write', { workspaceId: there.id }),
      ]),
    );

    expect(answers).toEqual([false, true, false]);
  });

  it('holds a role once, however often and from how many sides it is granted', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:read');
    const { id: workspaceId } = await newWorkspace();

    await as(ACME, () => Promise.all([1, 2, 3].map(() => roles.grant(id, roleId))));
    await as(ACME, () => Promise.all([1, 2].map(() => roles.grant(id, roleId, { workspaceId }))));

    const held = await as(ACME, () =>
      shipped.source.getRepository(UserRole).countBy({ userId: id }),
    );
    expect(held).toBe(2);
  });

  it('revokes a role where it was granted, and only there', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:read');
    const { id: workspaceId } = await newWorkspace();
    await as(ACME, () => roles.grant(id, roleId));
    await as(ACME, () => roles.grant(id, roleId, { workspaceId }));

    const first = await as(ACME, () => roles.revoke(id, roleId));
    const again = await as(ACME, () => roles.revoke(id, roleId));

    expect([first, again]).toEqual([true, false]);
    await expect(as(ACME, () => roles.can(id, 'notes:read'))).resolves.toBe(false);
    await expect(as(ACME, () => roles.can(id, 'notes:read', { workspaceId }))).resolves.toBe(true);
    await as(ACME, () => roles.grant(id, roleId));
    await expect(as(ACME, () => roles.can(id, 'notes:read'))).resolves.toBe(true);
  });

  it('gives nothing to a member who is suspended', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:read');
    await as(ACME, () => roles.grant(id, roleId));

    await as(ACME, () => new MembershipRepository(shipped.source).suspend(id));

    await expect(as(ACME, () => roles.permissionsOf(id))).resolves.toEqual([]);
  });

  it('takes a deleted role from everybody, and gives it back when it is restored', async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:read');
    await as(ACME, () => roles.grant(id, roleId));

    await as(ACME, () => roles.delete(roleId));
    const without = await as(ACME, () => roles.permissionsOf(id));
    await as(ACME, () => roles.restore(roleId));

    expect(without).toEqual([]);
    await expect(as(ACME, () => roles.permissionsOf(id))).resolves.toEqual(['notes:read']);
  });

  it("takes the roles of a workspace along when it is deleted, and no others'", async () => {
    const { id } = await newMember();
    const { id: roleId } = await newRole('notes:read');
    const { id: workspaceId } = await newWorkspace();
    await as(ACME, () => roles.grant(id, roleId, { workspaceId }));

    await as(ACME, () => workspaces.delete(workspaceId));

    await expect(as(ACME, () => roles.can(id, 'notes:read', { workspaceId }))).resolves.toBe(false);
    await expect(as(ACME, () => workspaces.findById(workspaceId))).resolves.toBeNull();
  });

  it('archives a workspace and opens it again, and refuses what is done already', async () => {
    const { id, slug } = await newWorkspace();

    const archived = await as(ACME, () => workspaces.archive(id));

    expect(archived.state).toBe('archived');
    await expect(as(ACME, () => workspaces.archive(id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
    await expect(as(ACME, () => workspaces.reopen(id))).resolves.toMatchObject({
      state: 'active',
    });
    await expect(as(ACME, () => workspaces.findBySlug(slug))).resolves.toMatchObject({ id });
    await expect(as(GLOBEX, () => workspaces.findBySlug(slug))).resolves.toBeNull();
  });

  it('keeps names of roles and slugs of workspaces unique within the tenant', async () => {
    await as(ACME, () => roles.create({ name: 'editor', permissions: [] }));
    await as(ACME, () => workspaces.create({ name: 'Core', slug: 'core' }));

    const errors = await Promise.all([
      as(ACME, () => roles.create({ name: 'editor' })).catch((error: unknown) => error),
      as(ACME, () => workspaces.create({ name: 'C', slug: 'core' })).catch(
        (error: unknown) => error,
      ),
    ]);

    expect(errors.map(isUniqueViolation)).toEqual([true, true]);
    await as(GLOBEX, () => roles.create({ name: 'editor' }));
    await as(GLOBEX, () => workspaces.create({ name: 'Core', slug: 'core' }));
  });

  it("shows and grants nothing of another tenant's", async () => {
    const { id: roleId } = await newRole('notes:read');
    const member = await newMember();
    await as(ACME, () => roles.grant(member.id, roleId));

    await expect(as(GLOBEX, () => roles.findById(roleId))).resolves.toBeNull();
    await expect(as(GLOBEX, () => roles.permissionsOf(member.id))).resolves.toEqual([]);
    await expect(as(GLOBEX, () => roles.revoke(member.id, roleId))).resolves.toBe(false);
    const error = await as(GLOBEX, () => roles.grant(GUSTAV, roleId)).catch((one: unknown) => one);
    expect(isForeignKeyViolation(error)).toBe(true);
    await expect(as(ACME, () => roles.can(member.id, 'notes:read'))).resolves.toBe(true);
  });

  it('refuses to grant what is not there', async () => {
    const error = await as(ACME, () => roles.grant(ANNA, NOBODY)).catch((one: unknown) => one);

    expect(isForeignKeyViolation(error)).toBe(true);
  });

  it.each([
    ['no list', 'notes:read'],
    ['a word that is none', ['']],
    ['a list of numbers', [7]],
    ['a thousand words', Array.from({ length: 1_000 }, (_none, at) => `p${at}`)],
  ])('refuses permissions that are %s', async (_case, permissions) => {
    const { id } = await newRole('notes:read');
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };
    const given = permissions as string[];

    await expect(
      as(ACME, () => roles.create({ name: 'bad', permissions: given })),
    ).rejects.toMatchObject(refused);
    await expect(as(ACME, () => roles.update(id, { permissions: given }))).rejects.toMatchObject(
      refused,
    );
    await expect(
      as(ACME, () => roles.update(id, { permissions: ['x', 'x'] })),
    ).resolves.toMatchObject({ permissions: ['x'] });
  });

  it.each([
    ['a person', () => roles.grant('anna', NOBODY)],
    ['a role', () => roles.grant(NOBODY, 'admin')],
    ['a workspace', () => roles.can(NOBODY, 'x', { workspaceId: "'; --" })],
    ['a permission', () => roles.can(NOBODY, '')],
    ['a workspace to archive', () => workspaces.archive('core')],
    ['a slug', () => workspaces.findBySlug(undefined as unknown as string)],
  ])('refuses %s that can be none', async (_case, work: () => Promise<unknown>) => {
    await expect(as(ACME, work)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });
});
