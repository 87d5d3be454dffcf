import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  TenantContext,
  TenantRepository,
  createDataSource,
  type RowguardDataSource,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX, SHOP, Invoice, Customer } from '../../support/shop.js';

describe('spike', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;
  beforeAll(async () => {
    database = await ScratchDatabase.create();
    source = createDataSource({ url: database.url, entities: SHOP, logging: false });
    await source.initialize();
  });
  afterAll(async () => {
    if (source.isInitialized) await source.destroy();
    await database.drop();
  });
  it('hides rows', async () => {
    const invoices = new TenantRepository(Invoice, source);
    const customers = new TenantRepository(Customer, source);
    const saved = await TenantContext.run({ tenantId: ACME }, async () => {
      const c = await customers.save({ email: 'a@x' });
      return invoices.save({ number: 'A1', customer: { id: c.id } });
    });
    console.log(saved);
    await TenantContext.run({ tenantId: GLOBEX }, async () => {
      expect(await invoices.find()).toEqual([]);
      expect(await source.query('select * from invoices')).toEqual([]);
    });
    await TenantContext.run({ tenantId: ACME }, async () => {
      expect(await invoices.find({ relations: { customer: true, labels: true } })).toHaveLength(1);
      expect(await source.query('select * from invoices')).toHaveLength(1);
    });
  });
});
