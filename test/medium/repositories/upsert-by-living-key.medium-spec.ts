import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Role, RoleRepository, TenantContext } from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

describe.each([
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
])('an upsert by a key that is unique among the living, on %s', (_where, open) => {
  let shipped: ShippedSource;
  let roles: RoleRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const all = () =>
    as(ACME, () => roles.findAll({ deleted: 'with', order: { createdAt: 'ASC', id: 'ASC' } }));

  beforeAll(async () => {
    shipped = await open(['identity']);
    roles = new RoleRepository(shipped.source);
  });
  afterAll(() => shipped.close());
  beforeEach(() =>
    TenantContext.runAsSystem('test data', () => roles.createQueryBuilder().delete().execute()),
  );

  it.each<[string, (name: string, permission: string) => Promise<unknown>]>([
    [
      'upsertMany',
      (name, permission) => roles.upsertMany([{ name, permissions: [permission] }], ['name']),
    ],
    ['upsert', (name, permission) => roles.upsert({ name, permissions: [permission] }, ['name'])],
    [
      'an insert builder',
      (name, permission) =>
        shipped.source
          .createQueryBuilder()
          .insert()
          .into(Role)
          .values({ name, permissions: [permission] })
          .orUpdate(['permissions'], ['name'])
          .execute(),
    ],
  ])('changes the living row: %s', async (_how, upsert) => {
    await as(ACME, () => upsert('editor', 'old'));
    await as(GLOBEX, () => upsert('editor', 'foreign'));
    await as(ACME, () => upsert('editor', 'new'));

    await expect(all()).resolves.toMatchObject([{ name: 'editor', permissions: ['new'] }]);
  });

  it('leaves a deleted row alone, and writes a new one', async () => {
    const [first] = await as(ACME, () => roles.insertMany([{ name: 'editor', permissions: [] }]));
    await as(ACME, () => roles.delete(first?.id ?? ''));
    await as(ACME, () => roles.upsertMany([{ name: 'editor', permissions: ['new'] }], ['name']));

    const [old, living] = await all();
    expect(old).toMatchObject({ id: first?.id, permissions: [], deletedAt: expect.any(Date) });
    expect(living).toMatchObject({ permissions: ['new'], deletedAt: null });
  });
});
