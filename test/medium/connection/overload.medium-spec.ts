import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AcquireTimeoutError, TenantContext, httpProblem } from 'nestjs-rowguard';
import type { TenantPool } from '../../../src/connection/tenant-pool.js';
import { newGate } from '../../support/gate.js';
import { errorOf } from '../../support/shop-database.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

const OTHER = '0190c000-0000-7000-8000-0000000000c1';

describe('a pool that is used up', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({
      pool: { max: 4, maxPerTenant: 3, acquireTimeoutMs: 400, systemMax: 2 },
    });
  });
  afterAll(() => shop.close());

  /** Holds so many connections for a tenant until it is told to let go. */
  const hold = async (tenantId: string, count: number): Promise<() => Promise<void>> => {
    const open = newGate();
    const begun: Promise<void>[] = [];
    const ended = Array.from({ length: count }, () => {
      const started = newGate();
      begun.push(started.opened);
      return as(tenantId, async () => {
        await shop.source.transaction(async (manager) => {
          await manager.query('select 1');
          started.open();
          await open.opened;
        });
      });
    });
    await Promise.all(begun);
    return async () => {
      open.open();
      await Promise.all(ended);
    };
  };
  const ask = (tenantId: string): Promise<unknown> =>
    as(tenantId, () => shop.source.query('select 1 as one'));

  it('says who holds its connections: of the own tenant since when and where, of others only numbers', async () => {
    shop.source.plan.noticesTakers = true;
    const free = [await hold(ACME, 2), await hold(GLOBEX, 2)];
    await pause(30);
    const error = (await errorOf(() => ask(ACME))) as AcquireTimeoutError;
    for (const one of free) await one();
    shop.source.plan.noticesTakers = false;
    expect(error).toMatchObject({
      code: 'ROWGUARD_ACQUIRE_TIMEOUT',
      given: {
        total: 4,
        idle: 0,
        own: { held: 2 },
        others: { held: 2 },
        kinds: { tenant: 4 },
        ownTakenAt: expect.stringContaining('overload.medium-spec') as unknown,
      },
    });
    const told = JSON.stringify([error.message, error.given]);
    expect(error.message).toMatch(
      /2 by this tenant, the oldest for \d+ ms, taken at .*; 2 by others, the oldest for \d+ ms/,
    );
    expect(told).not.toContain(GLOBEX);
    expect((error.given['own'] as { oldestMs: number }).oldestMs).toBeGreaterThanOrEqual(400);
    expect(httpProblem(error).status).toBe(503);
  });

  it('a tenant has at most its cap, and waits alone for it', async () => {
    const free = await hold(ACME, 3);
    const waits = errorOf(() => ask(ACME));
    expect(await ask(GLOBEX)).toEqual([{ one: 1 }]);
    expect(await ask(OTHER)).toEqual([{ one: 1 }]);
    expect(await waits).toMatchObject({ given: { own: { held: 3 }, others: { held: 0 } } });
    await free();
    expect(await ask(ACME)).toEqual([{ one: 1 }]);
  });

  it('what waited is served as soon as one comes back, and not before', async () => {
    const free = await hold(ACME, 3);
    const served: number[] = [];
    const asked = [1, 2, 3, 4].map(async (nth) => {
      await ask(ACME);
      served.push(nth);
    });
    await pause(50);
    expect(served).toEqual([]);
    await free();
    await Promise.all(asked);
    expect(served.sort()).toEqual([1, 2, 3, 4]);
  });

  it('work that is inside a transaction does not wait behind its own cap for a second connection', async () => {
    const both = await Promise.all(
      [1, 2, 3].map((nth) =>
        as(ACME, () =>
          shop.source.transaction(async (manager) => {
            await manager.query('select 1');
            await pause(50);
            const runner = shop.source.createQueryRunner();
            try {
              return (await runner.query(`select ${nth} as nth`)) as unknown;
            } finally {
              await runner.release();
            }
          }),
        ),
      ),
    );
    expect(both).toEqual([[{ nth: 1 }], [{ nth: 2 }], [{ nth: 3 }]]);
  });

  it('a pool of which every connection waits for a second one ends in timeouts, and is whole again', async () => {
    const both = [ACME, GLOBEX, OTHER, ACME].map((tenantId) =>
      as(tenantId, () =>
        shop.source.transaction(async (manager) => {
          await manager.query('select 1');
          await pause(50);
          const runner = shop.source.createQueryRunner();
          return runner
            .query('select 1')
            .catch((error: unknown) => (error as AcquireTimeoutError).code)
            .finally(() => runner.release());
        }),
      ),
    );
    // The first one to give up may leave its connection to another one.
    expect(await Promise.all(both)).toContain('ROWGUARD_ACQUIRE_TIMEOUT');
    const free = [await hold(ACME, 3), await hold(GLOBEX, 1)];
    for (const one of free) await one();
    const pool = (shop.source.driver as unknown as { master: TenantPool }).master;
    expect([pool.waitingCount, pool.held.list()]).toEqual([0, []]);
  });

  it('the time in the queue counts, and a connection that comes too late goes to the next', async () => {
    const free = await hold(ACME, 3);
    const freeOther = await hold(GLOBEX, 1);
    const begun = performance.now();
    const error = await errorOf(() => ask(OTHER));
    expect(error.code).toBe('ROWGUARD_ACQUIRE_TIMEOUT');
    expect(performance.now() - begun).toBeLessThan(1_000);
    await free();
    await freeOther();
    const answers = await Promise.all([ACME, GLOBEX, OTHER, OTHER].map(ask));
    expect(answers).toEqual(answers.map(() => [{ one: 1 }]));
  });

  it('the work of the system has its own pool, and waits for no tenant', async () => {
    const free = [await hold(ACME, 3), await hold(GLOBEX, 1)];
    const rows = await TenantContext.runAsSystem('looks', () =>
      shop.source.query('select 1 as one'),
    );
    expect(rows).toEqual([{ one: 1 }]);
    for (const one of free) await one();
  });
});
