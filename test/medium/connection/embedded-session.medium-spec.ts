import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { underneath } from '../../support/on-the-wire.js';
import { ShopDatabase, errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);
// The first start of an engine initialises a database, on a busy machine for many seconds.
jest.setTimeout(60_000);

/** The engine has one session; connections come and go on it. */
describe('the single session of the embedded engine', () => {
  let shop: ShopDatabase;

  beforeEach(async () => {
    shop = await ShopDatabase.open('embedded', { pool: { acquireTimeoutMs: 3_000 } });
    const customers = new TenantRepository(Customer, shop.source);
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () =>
        customers.insert(Array.from({ length: 300 }, (_, at) => ({ email: `${at}` }))),
      );
    }
  });
  afterEach(() => shop.close());

  const tenantsSeenBy = (tenantId: string): Promise<unknown> =>
    as(tenantId, () => shop.source.query('select distinct tenant_id from customers'));

  it('never answers a new connection with rows that the one before had asked for', async () => {
    const runner = shop.source.createQueryRunner();
    const client = await as(ACME, () => underneath(runner));
    const late = as(ACME, async () => client.query('select tenant_id from customers')).catch(
      () => undefined,
    );
    const error = await errorOf(() => as(GLOBEX, () => runner.query('select 1 as one')));
    expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISMATCH' });
    const released = runner.release();
    const seen = await Promise.all([GLOBEX, ACME, GLOBEX].map(tenantsSeenBy));
    expect(seen).toEqual([GLOBEX, ACME, GLOBEX].map((id) => [{ tenant_id: id }]));
    await released;
    await late;
  });

  it('never leaves a half-read stream to the next user of the session', async () => {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      const stream = await runner.stream('select tenant_id from customers');
      stream.on('error', () => undefined);
      await new Promise((resolve) => stream.once('readable', () => resolve(undefined)));
      await runner.release();
      stream.resume();
    });
    for (const tenantId of [GLOBEX, ACME]) {
      expect(await tenantsSeenBy(tenantId)).toEqual([{ tenant_id: tenantId }]);
    }
  });

  it('keeps prepared statements in order over a change of connections', async () => {
    for (let sight = 0; sight < 3; sight++) await tenantsSeenBy(ACME);
    const runner = shop.source.createQueryRunner();
    await as(ACME, () => runner.query('select 1'));
    await errorOf(() => as(GLOBEX, () => runner.query('select 1')));
    await runner.release();
    for (let sight = 0; sight < 3; sight++) {
      expect(await tenantsSeenBy(GLOBEX)).toEqual([{ tenant_id: GLOBEX }]);
    }
    expect(shop.source.plan.named).toBe(true);
  });

  it('is not poisoned by a transaction that was aborted and left open', async () => {
    const runner = shop.source.createQueryRunner();
    await as(ACME, async () => {
      await runner.startTransaction();
      await errorOf(() => runner.query('select 1/0'));
    });
    await runner.release();
    expect(await tenantsSeenBy(GLOBEX)).toEqual([{ tenant_id: GLOBEX }]);
  });
});
