import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { ShopOnTheWire, underneath } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer } from '../../support/shop.js';
import type { WireCounts } from '../../support/wire-proxy.js';

Logger.overrideLogger(false);

const CAP = 4;

describe('named statements', () => {
  let shop: ShopOnTheWire;

  beforeEach(async () => {
    shop = await ShopOnTheWire.open({ pool: { preparedStatements: CAP } });
    await as(ACME, () => new TenantRepository(Customer, shop.source).insert({ email: 'a' }));
  });
  afterEach(() => shop.close());

  const send = (text: string, values?: unknown[]): Promise<unknown> =>
    as(ACME, () => shop.source.query(text, values));
  const wire = (text: string, values?: unknown[]): Promise<WireCounts> =>
    shop.proxy.during(() => send(text, values).catch(() => undefined));

  it('are parsed on the first and the second sight, and never again', async () => {
    const text = 'select email from customers where email = $1';
    const names: string[][] = [];
    for (let sight = 1; sight <= 5; sight++) names.push((await wire(text, ['a'])).parsedNames);
    expect(names).toEqual([[''], [expect.stringMatching(/^rg_/)], [], [], []]);
  });

  it('are not made of statements that were seen once', async () => {
    for (let at = 0; at < 10; at++) await send(`select ${at} from customers`);
    const held = await as(ACME, () => prepared());
    expect(held.filter((name) => name.startsWith('rg_'))).toEqual([]);
  });

  it('stay below the cap of the connection, the oldest closed first', async () => {
    const closed: string[] = [];
    for (let at = 0; at < CAP + 2; at++) {
      for (let sight = 1; sight <= 2; sight++) {
        closed.push(...(await wire(`select ${at} as at from customers`)).closedNames);
      }
    }
    expect(closed).toHaveLength(2);
    const held = (await as(ACME, () => prepared())).filter((name) => name.startsWith('rg_'));
    expect(held).toHaveLength(CAP);
    expect(held).not.toEqual(expect.arrayContaining([closed[0]]));
    expect((await wire('select 0 as at from customers')).parses).toBe(1);
  });

  it('keep count with the server when statements fail in an aborted transaction', async () => {
    for (let at = 0; at < CAP; at++) {
      for (let sight = 1; sight <= 3; sight++) await send(`select ${at} as at from customers`);
    }
    for (let sight = 1; sight <= 2; sight++) await send('select 7 as at from customers where true');
    await as(ACME, () =>
      shop.source.transaction(async (manager) => {
        await errorOf(() => manager.query('select 1/0'));
        for (let at = 0; at < CAP; at++) {
          await errorOf(() => manager.query(`select ${at} as at from customers`));
        }
      }),
    ).catch(() => undefined);
    for (let at = 0; at < CAP; at++) {
      for (let sight = 1; sight <= 3; sight++) {
        expect(await send(`select ${at} as at from customers`)).toEqual([{ at }]);
      }
    }
    expect(shop.source.plan.named).toBe(true);
  });

  it('survive a value that cannot be written, also inside a transaction', async () => {
    const text = 'select $1::jsonb as value from customers';
    await send(text, [{ fine: true }]);
    const answers: unknown[] = [];
    await as(ACME, async () => {
      await errorOf(() => shop.source.query(text, [{ bad: 1n }]));
      await shop.source.transaction(async (manager) => {
        answers.push(await manager.query(text, [{ fine: 1 }]));
        answers.push(await manager.query(text, [{ fine: 2 }]));
      });
    });
    expect(answers).toEqual([[{ value: { fine: 1 } }], [{ value: { fine: 2 } }]]);
  });

  it('recover when a table changes its columns while they are prepared', async () => {
    const text = 'select * from customers';
    for (let sight = 1; sight <= 3; sight++) await send(text);
    await shop.database.asOwner((client) => client.query('alter table customers add extra int'));
    expect(await send(text)).toEqual([expect.objectContaining({ extra: null })]);
    await shop.database.asOwner((client) => client.query('alter table customers drop extra'));
    const error = await errorOf(() =>
      as(ACME, () => shop.source.transaction((manager) => manager.query(text))),
    );
    expect(error).toMatchObject({ code: '0A000' });
    const again = await as(ACME, () => shop.source.transaction((manager) => manager.query(text)));
    expect(again).toEqual([expect.not.objectContaining({ extra: null })]);
  });

  it('recover when somebody has deallocated them', async () => {
    const text = 'select email from customers';
    for (let sight = 1; sight <= 3; sight++) await send(text);
    await deallocateAll();
    expect(await send(text)).toEqual([{ email: 'a' }]);
    await deallocateAll();
    const error = await errorOf(() =>
      as(ACME, () => shop.source.transaction((manager) => manager.query(text))),
    );
    expect(error).toMatchObject({ code: '26000' });
    const again = await as(ACME, () => shop.source.transaction((manager) => manager.query(text)));
    expect(again).toEqual([{ email: 'a' }]);
    expect(shop.source.plan.named).toBe(true);
  });

  it('of the caller cannot take the place of ours', async () => {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      const client = await underneath(runner);
      for (const name of ['rowguard_bind', 'rowguard_bind_role', 'mine']) {
        const { rows } = await client.query({ name, text: 'select email from customers' });
        expect(rows).toEqual([{ email: 'a' }]);
      }
      expect(await runner.query('select count(*)::int from customers')).toEqual([{ count: 1 }]);
      await runner.release();
    });
  });

  it('are not used for a pooler, not even when the caller names one', async () => {
    const pooled = await ShopOnTheWire.open({ strategy: 'pooler' });
    try {
      const counts = await pooled.proxy.during(() =>
        as(ACME, async () => {
          for (let sight = 1; sight <= 3; sight++) await pooled.source.query('select 1');
          const runner = pooled.source.createQueryRunner();
          await (await underneath(runner)).query({ name: 'mine', text: 'select 1' });
          await runner.release();
        }),
      );
      expect(new Set(counts.parsedNames)).toEqual(new Set(['']));
      expect(counts.syncs).toBe(4);
    } finally {
      await pooled.close();
    }
  });

  /** Past the binding: tenants may not look at what the connection has prepared. */
  async function prepared(): Promise<string[]> {
    const runner = shop.source.createQueryRunner();
    const client = await underneath(runner);
    const { rows } = await client.bare<{ name: string }>(
      'select name from pg_prepared_statements order by name',
    );
    await runner.release();
    return rows.map((row) => row.name);
  }

  async function deallocateAll(): Promise<void> {
    await as(ACME, async () => {
      const runner = shop.source.createQueryRunner();
      await (await underneath(runner)).bare('deallocate all');
      await runner.release();
    });
  }
});
