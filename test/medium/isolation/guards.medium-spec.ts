import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Column, Entity, JoinColumn, ManyToOne, Unique } from 'typeorm';
import {
  EntityRefusedError,
  RowNotFoundError,
  StatementRefusedError,
  TenantContext,
  TenantEntity,
  TenantMismatchError,
  UnitOfWorkClosedError,
  createDataSource,
} from 'nestjs-rowguard';
import { ACME, Customer, GLOBEX, Letter, SHOP } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

@Entity({ name: 'loose' })
class Loose extends TenantEntity {
  @ManyToOne(() => Customer)
  @JoinColumn({ name: 'customer_id', referencedColumnName: 'id' })
  customer!: Customer;
}

@Entity({ name: 'telling' })
@Unique(['code'])
class Telling extends TenantEntity {
  @Column({ type: 'text' }) code!: string;
}

describe('the guards between context, entity and connection', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ cache: true, pool: { max: 1 } });
  });

  afterAll(() => shop.close());

  let next = 0;
  const customers = () => shop.source.getRepository(Customer);
  const newCustomer = (tenantId: string) =>
    as(tenantId, () => customers().save({ email: `c${++next}@example.com` }));

  it('keep nothing of a tenant on the connection', async () => {
    const left = await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      try {
        const client = (await runner.connect()) as {
          query(sql: string): Promise<unknown>;
          bare(sql: string): Promise<{ rows: unknown[] }>;
        };
        await client.query('select 1');
        return (await client.bare(`select current_setting('rowguard.tenant_id', true) as id`)).rows;
      } finally {
        await runner.release();
      }
    });
    expect([[{ id: '' }], [{ id: null }]]).toContainEqual(left);
  });

  it('refuse a runner in the hands of another tenant', async () => {
    const runner = shop.source.createQueryRunner();
    await as(ACME, () => runner.query('select 1'));
    const attempt = as(GLOBEX, () => runner.query('select * from customers'));

    await expect(attempt).rejects.toBeInstanceOf(TenantMismatchError);
    await runner.release();
  });

  it('refuse a statement that was built for another tenant', async () => {
    const [sql, parameters] = TenantContext.run({ tenantId: GLOBEX }, () =>
      shop.source.createQueryBuilder(Customer, 'c').getQueryAndParameters(),
    );
    const attempt = as(ACME, () => shop.source.query(sql, parameters));

    await expect(attempt).rejects.toBeInstanceOf(TenantMismatchError);
  });

  it('refuse a connection that was given back', async () => {
    const client = await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      const held = (await runner.connect()) as { query(sql: string): Promise<unknown> };
      await runner.release();
      return held;
    });
    const attempt = as(ACME, () => client.query('select 1'));

    await expect(attempt).rejects.toBeInstanceOf(UnitOfWorkClosedError);
  });

  it.each([
    ['set_config', `select set_config('rowguard.tenant_id', '${GLOBEX}', true)`],
    ['set role', 'set role rowguard_system'],
    ['two statements', 'select 1; select 2'],
    ['a temporary table', 'select * into pg_temp.customers from customers'],
    ['a lasting setting', `select set_config('search_path', 'pg_temp', false)`],
  ])('refuse %s', async (_, sql) => {
    await expect(as(ACME, () => shop.source.query(sql))).rejects.toBeInstanceOf(
      StatementRefusedError,
    );
  });

  it('read a statement behind nested comments as what it is', async () => {
    await newCustomer(GLOBEX);
    const rows = await as(ACME, () =>
      shop.source.query<{ tenant_id: string }[]>('/* /* */ begin */ select * from customers'),
    );
    expect(rows.filter((row) => row.tenant_id !== ACME)).toEqual([]);
  });

  it('leave the isolation level of a transaction to the caller', async () => {
    const level = await as(ACME, () =>
      shop.source.transaction(async (manager) => {
        await manager.query('set transaction isolation level serializable');
        return manager.query<{ transaction_isolation: string }[]>('show transaction_isolation');
      }),
    );
    expect(level).toEqual([{ transaction_isolation: 'serializable' }]);
  });

  it('keep cached results apart by tenant, under one name as well', async () => {
    const cached = (tenantId: string) =>
      as(tenantId, () => customers().createQueryBuilder('c').cache('everybody', 60_000).getMany());
    await newCustomer(ACME);
    await cached(ACME);

    expect((await cached(GLOBEX)).filter((row) => row.tenantId !== GLOBEX)).toEqual([]);
  });

  it('say so when an entity that is updated was not there', async () => {
    const customer = await newCustomer(ACME);
    await as(ACME, () => customers().delete(customer.id));
    const attempt = as(ACME, () =>
      shop.source
        .createQueryBuilder()
        .update(Customer)
        .set({ note: 'lost' })
        .whereEntity(customer)
        .execute(),
    );
    await expect(attempt).rejects.toBeInstanceOf(RowNotFoundError);
  });

  it('do not insert what save() was given by an id that is not there', async () => {
    const { id } = await newCustomer(GLOBEX);
    const attempt = as(ACME, () => customers().save({ id, email: 'look-alike@example.com' }));

    await expect(attempt).rejects.toBeInstanceOf(RowNotFoundError);
  });

  it('keep repositories apart from the transaction they were first asked for in', async () => {
    await as(ACME, () =>
      shop.source.transaction(() =>
        shop.source.getRepository(Letter).createQueryBuilder().getMany(),
      ),
    );
    const later = as(ACME, () => shop.source.getRepository(Letter).createQueryBuilder().getMany());

    await expect(later).resolves.toEqual([]);
  });

  it.each([
    ['a reference without the tenant', Loose],
    ['a unique key without the tenant', Telling],
  ])('refuse %s before a statement is sent', async (_, entity) => {
    const source = createDataSource({ url: shop.database.url, entities: [...SHOP, entity] });

    await expect(source.initialize()).rejects.toBeInstanceOf(EntityRefusedError);
  });
});
