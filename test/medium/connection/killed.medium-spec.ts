import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorOf } from '../../support/shop-database.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe('a backend that is killed', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ pool: { max: 1, acquireTimeoutMs: 10_000 } });
  });
  afterAll(() => shop.close());

  const kill = (): Promise<unknown> =>
    shop.database.asOwner((client) =>
      client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'rowguard'`,
      ),
    );
  const slow = async (): Promise<unknown> => {
    const asked = as(ACME, () => errorOf(() => shop.source.query('select pg_sleep(10)')));
    await pause(100);
    await kill();
    return asked;
  };

  it('takes the statement under way with it, and not the one that waits for the connection', async () => {
    for (let time = 0; time < 5; time++) {
      const killed = slow();
      const next = as(GLOBEX, () => shop.source.query('select 1 as one'));
      expect(await killed).toMatchObject({
        code: 'ROWGUARD_CONNECTION_LOST',
        outcome: 'none',
        given: { sqlState: '57P01' },
      });
      expect(await next).toEqual([{ one: 1 }]);
    }
  });

  it('takes its transaction with it, and the next one works', async () => {
    const error = await errorOf(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          await manager.query('select 1');
          await kill();
          await pause(50);
          await manager.query('select 2');
        }),
      ),
    );
    expect(error).toMatchObject({
      code: 'ROWGUARD_CONNECTION_LOST',
      outcome: 'none',
      message: expect.stringContaining('nothing of it was kept') as unknown,
    });
    expect(await as(GLOBEX, () => shop.source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('is replaced when it was idle', async () => {
    await as(ACME, () => shop.source.query('select 1'));
    await kill();
    await pause(50);
    expect(await as(GLOBEX, () => shop.source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });
});
