import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { Membership } from '../../../src/entities/identity/membership.entity.js';
import { Tenant } from '../../../src/entities/identity/tenant.entity.js';
import { User } from '../../../src/entities/identity/user.entity.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const WALLS = [
  ['both walls', openShipped, { predicate: true, policies: true }],
  ['row-level security alone', openShipped, { predicate: false, policies: true }],
  ['the predicate alone', openShipped, { predicate: true, policies: false }],
  ['both walls, embedded', openEmbeddedShipped, { predicate: true, policies: true }],
] as const;

describe.each(WALLS)('shared rows that are not for every tenant, behind %s', (_, open, walls) => {
  let shipped: ShippedSource;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);

  beforeAll(async () => {
    shipped = await open(['identity'], { tenancy: { walls } });
  });
  afterAll(() => shipped.close());

  it('shows a tenant its own row of the tenants, and no other', async () => {
    const seen = await as(ACME, () => shipped.source.getRepository(Tenant).find());

    expect(seen.map((tenant) => tenant.id)).toEqual([ACME]);
  });

  it('shows a tenant the people who hold a membership in it', async () => {
    const users = shipped.source.getRepository(User);

    expect((await as(ACME, () => users.find())).map((user) => user.id)).toEqual([ANNA]);
    expect((await as(GLOBEX, () => users.find())).map((user) => user.id)).toEqual([GUSTAV]);
    await expect(as(ACME, () => users.findOneBy({ id: GUSTAV }))).resolves.toBeNull();
  });

  it('joins members to people', async () => {
    const members = shipped.source.getRepository(Membership);

    const [member] = await as(ACME, () => members.find({ relations: { user: true } }));

    expect(member).toMatchObject({ id: ANNA, user: { id: ANNA, email: 'anna@acme.example' } });
  });

  it('shows nothing to work without a tenant', async () => {
    const users = shipped.source.getRepository(User);

    const seen = await TenantContext.runTenantless('test', () => users.find());

    expect(seen).toEqual([]);
  });

  it('refuses to change shared rows for a tenant', async () => {
    const users = shipped.source.getRepository(User);

    await expect(as(ACME, () => users.update({ id: ANNA }, { name: 'X' }))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });
});
