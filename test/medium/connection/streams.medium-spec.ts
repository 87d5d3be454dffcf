import { createRequire } from 'node:module';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { ShopOnTheWire, leftOn, underneath } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);

interface TenantCursor {
  read(rows: number): Promise<{ tenant_id: string }[]>;
  close(): Promise<void>;
}

/** It comes with pg-query-stream, and without types. */
const Cursor = createRequire(import.meta.url)('pg-cursor') as new (text: string) => object;

const MANY = 350;

describe('streams and cursors', () => {
  let shop: ShopOnTheWire;

  beforeAll(async () => {
    shop = await ShopOnTheWire.open({ pool: { acquireTimeoutMs: 3_000 } });
    const customers = new TenantRepository(Customer, shop.source);
    for (const tenantId of [ACME, GLOBEX]) {
      const rows = Array.from({ length: MANY }, (_, at) => ({ email: `${tenantId}/${at}` }));
      await as(tenantId, () => customers.insert(rows));
    }
  });
  afterAll(() => shop.close());

  const streamed = (): Promise<string[]> =>
    as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      try {
        const stream = await runner.stream('select tenant_id from customers');
        const seen: string[] = [];
        for await (const row of stream) seen.push((row as { tenant_id: string }).tenant_id);
        return seen;
      } finally {
        await runner.release();
      }
    });

  it('stream the rows of the tenant, with one Sync', async () => {
    let seen: string[] = [];
    const counts = await shop.proxy.during(async () => {
      seen = await streamed();
    });
    expect(seen).toHaveLength(MANY);
    expect(new Set(seen)).toEqual(new Set([ACME]));
    expect(counts).toMatchObject({ syncs: 1, queries: 0, ready: 1 });
  });

  it('stay bound while a cursor is read piece by piece', async () => {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      try {
        const client = await underneath(runner);
        const cursor: TenantCursor = client.query(new Cursor('select tenant_id from customers'));
        const seen: string[] = [];
        for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100)) {
          seen.push(...rows.map((row) => row.tenant_id));
        }
        await cursor.close();
        expect(seen).toHaveLength(MANY);
        expect(new Set(seen)).toEqual(new Set([ACME]));
        expect(await leftOn(runner)).toMatchObject({ tenant: null, role: 'none' });
      } finally {
        await runner.release();
      }
    });
  });

  it('stream inside a transaction, which goes on afterwards', async () => {
    await as(ACME, () =>
      shop.source.transaction(async (manager) => {
        const stream = await manager
          .createQueryBuilder(Customer, 'customer')
          .select('customer.tenantId', 'tenant')
          .stream();
        let rows = 0;
        for await (const row of stream) {
          expect(row).toEqual({ tenant: ACME });
          rows++;
        }
        expect(rows).toBe(MANY);
        expect(await manager.count(Customer)).toBe(MANY);
      }),
    );
  });

  it('raise an error of the database as an error of the stream', async () => {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      try {
        const stream = await runner.stream('select 1/(version-1) from customers');
        const error = await errorOf(async () => {
          for await (const row of stream) expect(row).toBeUndefined();
        });
        expect(error).toMatchObject({ code: '22012' });
        expect(await runner.query('select count(*)::int from customers')).toEqual([
          { count: MANY },
        ]);
      } finally {
        await runner.release();
      }
    });
  });

  it('refuse on the stream what may not be sent, without sending it', async () => {
    const runner = shop.source.createQueryRunner();
    await runner.connect();
    const counts = await shop.proxy.during(async () => {
      const stream = await runner.stream('select * from customers');
      const error = await errorOf(async () => {
        for await (const row of stream) expect(row).toBeUndefined();
      });
      expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISSING' });
    });
    expect(counts.bytesSent).toBe(0);
    await runner.release();
  });

  it('never leave a half-read stream to the next user of the connection', async () => {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      const stream = await runner.stream('select tenant_id from customers');
      stream.on('error', () => undefined);
      await new Promise((resolve) => stream.once('readable', () => resolve(undefined)));
      await runner.release();
    });
    const seen = await as(GLOBEX, () =>
      shop.source.query('select distinct tenant_id from customers'),
    );
    expect(seen).toEqual([{ tenant_id: GLOBEX }]);
  });
});
