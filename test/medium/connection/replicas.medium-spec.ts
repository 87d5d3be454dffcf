import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  TenantContext,
  TenantRepository,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, SHOP } from '../../support/shop.js';

Logger.overrideLogger(false);

/** Two databases stand in for the two servers; what each holds tells who was asked. */
describe('with a read replica', () => {
  let primary: ScratchDatabase;
  let replica: ScratchDatabase;
  let source: RowguardDataSource;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    primary = await ScratchDatabase.create();
    replica = await ScratchDatabase.create();
    const own = createDataSource({ url: replica.url, entities: SHOP });
    await own.initialize();
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () => new TenantRepository(Customer, own).insert({ email: 'on replica' }));
    }
    await own.destroy();
    source = createDataSource({
      url: primary.url,
      replicas: [replica.url],
      entities: SHOP,
      pool: { max: 2, acquireTimeoutMs: 5_000 },
    });
    await source.initialize();
    customers = new TenantRepository(Customer, source);
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () => customers.insert({ email: 'on primary' }));
    }
  });
  afterAll(async () => {
    if (source.isInitialized) await source.destroy();
    await primary.drop();
    await replica.drop();
  });

  it.each([ACME, GLOBEX])(
    'reads of %s go to the replica, bound to the tenant',
    async (tenantId) => {
      const found = await as(tenantId, () => customers.find());
      expect(found.map((one) => [one.tenantId, one.email])).toEqual([[tenantId, 'on replica']]);
      const built = await as(tenantId, () =>
        source.createQueryBuilder(Customer, 'customer').getMany(),
      );
      expect(built.map((one) => [one.tenantId, one.email])).toEqual([[tenantId, 'on replica']]);
    },
  );

  it('raw reads on a runner of the replica see the own rows only', async () => {
    const seen = await Promise.all(
      Array.from({ length: 12 }, (_, at) => {
        const tenantId = at % 2 === 0 ? ACME : GLOBEX;
        return as(tenantId, async () => {
          const runner = source.createQueryRunner('slave');
          try {
            const rows = await runner.query('select tenant_id, email from customers');
            return (
              JSON.stringify(rows) ===
              JSON.stringify([{ tenant_id: tenantId, email: 'on replica' }])
            );
          } finally {
            await runner.release();
          }
        });
      }),
    );
    expect(seen).toEqual(seen.map(() => true));
  });

  it('writes, transactions and the reads inside of them go to the primary', async () => {
    await as(ACME, async () => {
      await customers.update({ email: 'on primary' }, { note: 'changed' });
      await source.transaction(async () => {
        const found = await customers.find();
        expect(found.map((one) => [one.tenantId, one.email, one.note])).toEqual([
          [ACME, 'on primary', 'changed'],
        ]);
      });
    });
    const foreign = await as(GLOBEX, () => source.transaction(() => customers.find()));
    expect(foreign.map((one) => [one.tenantId, one.note])).toEqual([[GLOBEX, null]]);
  });

  it('work of the system goes to the primary', async () => {
    const rows = await TenantContext.runAsSystem('looks at all', () => customers.find());
    expect(rows.map((one) => one.email)).toEqual(['on primary', 'on primary']);
  });

  it('nothing is read from the replica without a tenant, or for another one', async () => {
    expect(await errorOf(() => customers.find())).toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
    const runner = source.createQueryRunner('slave');
    await as(ACME, () => runner.query('select 1'));
    const error = await errorOf(() => as(GLOBEX, () => runner.query('select * from customers')));
    expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISMATCH' });
    await runner.release();
  });
});
