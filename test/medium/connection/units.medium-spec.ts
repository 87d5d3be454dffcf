import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TenantRepository, type RowguardDataSource } from 'nestjs-rowguard';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type pg from 'pg';
import { type EngineKind, ShopDatabase, errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);
// The first start of an engine initialises a database, on a busy machine for many seconds.
jest.setTimeout(60_000);

const CLOSED = { code: 'ROWGUARD_UNIT_CLOSED' };

describe.each<EngineKind>(['server', 'embedded'])('a unit of work on the %s', (kind) => {
  let shop: ShopDatabase;
  let source: RowguardDataSource;
  let customers: TenantRepository<Customer>;

  beforeEach(async () => {
    shop = await ShopDatabase.open(kind, { pool: { max: 1, acquireTimeoutMs: 3_000 } });
    ({ source } = shop);
    customers = new TenantRepository(Customer, source);
  });
  afterEach(() => shop.close());

  const emails = async (): Promise<string[]> => {
    const rows = await shop.rows<{ email: string }>('select email from customers order by email');
    return rows.map((row) => row.email);
  };
  const pool = (): pg.Pool =>
    (source.driver as unknown as PostgresDriver & { master: pg.Pool }).master;

  it('refuses a query runner that was released', async () => {
    await as(ACME, async () => {
      const runner = source.createQueryRunner();
      await runner.query('select 1');
      await runner.release();
      expect(await errorOf(() => runner.query('select 1'))).toMatchObject(CLOSED);
      expect(await errorOf(() => runner.stream('select 1'))).toMatchObject(CLOSED);
    });
  });

  it('refuses a statement that nobody awaited and that comes after the end', async () => {
    const late: Promise<unknown>[] = [];
    let goOn: () => void = () => undefined;
    await as(ACME, () =>
      source.transaction(async () => {
        const ended = new Promise<void>((resolve) => (goOn = resolve));
        late.push(ended.then(() => customers.insert({ email: 'late' })));
        await customers.insert({ email: 'in time' });
      }),
    );
    goOn();
    expect(await errorOf(() => Promise.all(late))).toBeInstanceOf(Error);
    expect(await emails()).toEqual(['in time']);
  });

  it('never keeps a write of a transaction that is undone, however it is overtaken', async () => {
    let third: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (third = resolve));
    const loop = async (): Promise<void> => {
      for (let at = 0; at < 500; at++) {
        await customers.insert({ email: `row ${at}` });
        if (at === 2) third();
      }
    };
    let looped: Promise<unknown> = Promise.resolve();
    await as(ACME, () =>
      source.transaction(async () => {
        looped = loop().catch((error: unknown) => error);
        await reached;
        throw new Error('undo');
      }),
    ).catch(() => undefined);
    expect(await looped).toBeInstanceOf(Error);
    expect(await emails()).toEqual([]);
  });

  it('refuses a connection that is kept beyond its release, in whose hands it may be then', async () => {
    const kept = await as(ACME, () => pool().connect());
    await as(ACME, () => kept.query('select 1'));
    kept.release();
    await as(ACME, () =>
      source.transaction(async () => {
        await customers.insert({ email: 'mine' });
        const error = await errorOf(() => kept.query(`select 'smuggled'`));
        expect(error).toMatchObject(CLOSED);
        await customers.insert({ email: 'mine too' });
      }),
    );
    expect(await emails()).toEqual(['mine', 'mine too']);
  });

  it('lets no second release take the connection from the next unit', async () => {
    const first = await as(ACME, () => pool().connect());
    first.release();
    await as(GLOBEX, async () => {
      const second = await pool().connect();
      expect(() => first.release()).toThrow(/already been released/);
      await second.query('select 1');
      second.release();
    });
  });

  it.each(['left open', 'left open and aborted', 'about to open'])(
    'never hands on a transaction that was %s',
    async (how) => {
      const runner = source.createQueryRunner();
      await as(ACME, async () => {
        await runner.connect();
        const started = runner.startTransaction();
        if (how !== 'about to open') {
          await started;
          await runner.query(
            `insert into customers (tenant_id, email, id, version)
            values ($1, 'x', gen_random_uuid(), 1)`,
            [ACME],
          );
        }
        if (how === 'left open and aborted') await errorOf(() => runner.query('select 1/0'));
        await new Promise((resolve) => setImmediate(resolve));
        await runner.release();
        await started.catch(() => undefined);
      });
      await as(GLOBEX, async () => {
        await customers.insert({ email: 'next' });
        expect(await customers.count()).toBe(1);
      });
      expect(await emails()).toEqual(['next']);
    },
  );
});
