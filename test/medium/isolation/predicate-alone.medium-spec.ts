import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StatementRefusedError, TenantMismatchError } from 'nestjs-rowguard';
import { ACME, Customer, GLOBEX, Invoice } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

/** What the query builders hold by themselves, with row-level security switched off. */
describe('the predicate alone', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ tenancy: { walls: { policies: false } } });
  });

  afterAll(() => shop.close());

  beforeEach(async () => {
    await shop.database.asOwner((client) => client.query('delete from invoices'));
    await shop.database.asOwner((client) => client.query('delete from customers'));
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, async () => {
        await shop.source.getRepository(Customer).insert({ email: `${tenantId}@example.com` });
        await shop.source.getRepository(Invoice).insert({ number: `of ${tenantId}` });
      });
    }
  });

  const builder = () => shop.source.createQueryBuilder(Customer, 'c');
  const ofGlobex = () =>
    shop.database.asOwner(async (client) => {
      const { rows } = await client.query<{ note: string | null; deleted_at: Date | null }>(
        'select note, deleted_at from customers where tenant_id = $1',
        [GLOBEX],
      );
      return rows;
    });

  it('confines a select', async () => {
    expect(await as(ACME, () => builder().where('1 = 1').orWhere('true').getCount())).toBe(1);
  });

  it('confines a join', async () => {
    const rows = await as(ACME, () =>
      builder().innerJoin(Invoice, 'i', '1 = 1 or true').select('i.number', 'number').getRawMany(),
    );
    expect(rows).toEqual([{ number: `of ${ACME}` }]);
  });

  it('confines every table after FROM', async () => {
    const rows = await as(ACME, () =>
      builder().select('i.number', 'number').addFrom(Invoice, 'i').getRawMany(),
    );
    expect(rows).toEqual([{ number: `of ${ACME}` }]);
  });

  it('confines an update', async () => {
    await as(ACME, () =>
      builder().update(Customer).set({ note: 'changed' }).where('1 = 1').execute(),
    );
    expect(await ofGlobex()).toEqual([{ note: null, deleted_at: null }]);
  });

  it('confines a delete', async () => {
    await as(ACME, () => builder().delete().where('1 = 1').execute());
    expect(await ofGlobex()).toHaveLength(1);
  });

  it('confines a soft delete', async () => {
    await as(ACME, () => builder().softDelete().where('1 = 1').execute());
    expect(await ofGlobex()).toEqual([{ note: null, deleted_at: null }]);
  });

  it('refuses a new row of another tenant', async () => {
    const insert = as(ACME, () =>
      shop.source.getRepository(Customer).insert({ tenantId: GLOBEX, email: 'planted' }),
    );
    await expect(insert).rejects.toBeInstanceOf(TenantMismatchError);
    expect(await ofGlobex()).toHaveLength(1);
  });

  it('never moves a row to another tenant', async () => {
    const move = as(ACME, () => builder().update(Customer).set({ tenantId: GLOBEX }).execute());

    await expect(move).rejects.toBeInstanceOf(TenantMismatchError);
    expect(await ofGlobex()).toHaveLength(1);
  });

  it.each([
    ['raw SQL', () => shop.source.query('select * from customers')],
    [
      'a select in a fragment',
      () => builder().addSelect('(select max(email) from customers)', 'x').getRawMany(),
    ],
    [
      'a condition that closes its bracket',
      () => builder().delete().where('1 = 0) or (1 = 1').execute(),
    ],
    [
      'other SQL with the parameters of a builder',
      () => {
        const [, parameters] = builder().getQueryAndParameters();
        return shop.source.query('select * from customers where $1::text is not null', parameters);
      },
    ],
  ])('refuses %s', async (_, attempt) => {
    await expect(as(ACME, attempt as () => Promise<unknown>)).rejects.toBeInstanceOf(
      StatementRefusedError,
    );
  });
});
