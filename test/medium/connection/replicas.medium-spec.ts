import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { ReplicatedShop } from '../../support/replicated-shop.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

const WHERE = 'select pg_is_in_recovery() as replica';

/** Two real standbys that follow a primary; what each of them holds back tells who was asked. */
describe('with two read replicas', () => {
  let shop: ReplicatedShop;

  beforeAll(async () => {
    shop = await ReplicatedShop.open(2, {
      pool: { max: 4, acquireTimeoutMs: 5_000 },
      replication: { checkMs: 50, maxLagMs: 60_000 },
    });
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () => shop.customers.insert({ email: 'both know me' }));
    }
  }, 60_000);
  afterAll(() => shop.close());
  afterEach(async () => {
    for (const standby of shop.standbys) await standby.resumeReplay();
  });

  /** From here on what is written is seen on the primary only. */
  const heldBack = async <T>(work: () => Promise<T>): Promise<T> => {
    await shop.caughtUp();
    await shop.until(() => shop.fit() === 2);
    for (const standby of shop.standbys) await standby.pauseReplay();
    return work();
  };
  const count = (): Promise<number> => shop.customers.count();
  const bothAsked = async (ask: () => Promise<unknown>): Promise<string[]> => {
    await ask();
    await ask();
    return shop.source.replicas?.pools.map((pool) => (pool.totalCount > 0 ? 'asked' : 'not')) ?? [];
  };

  it('reads go to the replicas in turns, bound to their tenant', async () => {
    for (const tenantId of [ACME, GLOBEX]) {
      const asked = await bothAsked(() =>
        as(tenantId, async () => {
          const found = await shop.customers.find();
          expect(found.map((one) => one.tenantId)).toEqual(found.map(() => tenantId));
          expect(found.length).toBeGreaterThan(0);
        }),
      );
      expect(asked).toEqual(['asked', 'asked']);
    }
  });

  it('what another unit of work has written is seen when it has arrived', async () => {
    await heldBack(async () => {
      const before = await as(ACME, count);
      await as(ACME, () => shop.customers.insert({ email: 'late' }));
      expect(await as(ACME, count)).toBe(before);
      for (const standby of shop.standbys) await standby.resumeReplay();
      await shop.caughtUp();
      expect(await as(ACME, count)).toBe(before + 1);
    });
  });

  it('a unit of work sees what it has written itself, wherever it was written', async () => {
    await heldBack(() =>
      as(ACME, async () => {
        const before = await count();
        await shop.customers.insert({ email: 'mine' });
        expect(await count()).toBe(before + 1);
        await shop.source.transaction(() => shop.customers.insert({ email: 'mine too' }));
        expect(await count()).toBe(before + 2);
        await as(ACME, () => shop.customers.insert({ email: 'from inside' }));
        expect(await count()).toBe(before + 3);
        await shop.source.query("insert into customers (email) values ('raw')");
        expect(await count()).toBe(before + 4);
        expect(await as(ACME, count)).toBe(before + 4);
        // Later the position is known, and the replicas are known not to be there yet.
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect(await count()).toBe(before + 4);
      }),
    );
  });

  it('a unit of work that only looked into a transaction goes on reading from the replicas', async () => {
    await heldBack(async () => {
      const before = await as(ACME, count);
      await as(ACME, () => shop.customers.insert({ email: 'unseen' }));
      await as(ACME, async () => {
        expect(await shop.source.transaction(count)).toBe(before + 1);
        expect(await count()).toBe(before);
      });
    });
  });

  it('a token brings it across requests, and nonsense only makes reads slower', async () => {
    await heldBack(async () => {
      const before = await as(ACME, count);
      const token = await as(ACME, async () => {
        await shop.customers.insert({ email: 'before the redirect' });
        return shop.source.writeMark();
      });
      expect(token).toMatch(/^default:[0-9A-F]+\/[0-9A-F]+$/);
      const next = (readAfter: unknown): Promise<number> =>
        TenantContext.run({ tenantId: ACME, readAfter: readAfter as string }, count);
      expect(await next(token)).toBe(before + 1);
      const nonsense = ['x', '?', 'default:', 'default:zz/1', 'default:FFFFFFFF/FFFFFFFF', 7, {}];
      for (const forged of [...nonsense, 'y'.repeat(9_999)]) {
        expect(await next(forged)).toBe(before + 1);
      }
      // Of nobody, of another database, and of long ago: as without one.
      for (const readAfter of [undefined, null, '', 'other:FFFFFFFF/FFFFFFFF', 'default:0/1']) {
        expect(await next(readAfter)).toBe(before);
      }
      const handedOn = await TenantContext.run({ tenantId: ACME, readAfter: token as string }, () =>
        shop.source.writeMark(),
      );
      expect(handedOn).toBe(token);
    });
    expect(await as(ACME, () => shop.source.writeMark())).toBeUndefined();
  });

  it('writes, transactions, locks and the work of the system go to the primary', async () => {
    await as(ACME, async () => {
      expect(await shop.source.transaction(() => shop.source.query(WHERE))).toEqual([
        { replica: false },
      ]);
      const locked = await shop.source.transaction((manager) =>
        manager
          .createQueryBuilder(Customer, 'customer')
          .setLock('pessimistic_write')
          .limit(1)
          .getMany(),
      );
      expect(locked).toHaveLength(1);
    });
    const where = await TenantContext.runAsSystem('looks where', () => shop.source.query(WHERE));
    expect(where).toEqual([{ replica: false }]);
  });

  it('a runner for reads keeps to the primary what only the primary can do', async () => {
    await shop.database.asOwner((client) =>
      client.query(
        'create sequence if not exists tickets; grant usage on sequence tickets to public',
      ),
    );
    const on = async (sql: string, after = WHERE): Promise<unknown[]> =>
      as(ACME, async () => {
        const runner = shop.source.createQueryRunner('slave');
        try {
          const [first] = (await runner.query(WHERE)) as { replica: boolean }[];
          await runner.query(sql);
          const [last] = (await runner.query(after)) as { replica: boolean }[];
          return [first?.replica, last?.replica];
        } finally {
          await runner.release();
        }
      });
    await shop.caughtUp();
    expect(await on('select 1')).toEqual([true, true]);
    expect(await on("select nextval('tickets')")).toEqual([true, false]);
    expect(await on('select pg_advisory_xact_lock(1)')).toEqual([true, false]);
    expect(await on('select id from customers for update')).toEqual([true, false]);
    expect(await on("update customers set note = 'x' where email = 'nobody'")).toEqual([
      true,
      false,
    ]);
    expect(await on('start transaction')).toEqual([true, false]);
  });

  it('a function that turns out to write is sent to the primary, once, and counts as a write', async () => {
    await shop.database.asOwner((client) =>
      client.query(`create or replace function add_customer(text) returns text language sql as
        $$ insert into customers (email) values ($1) returning email $$`),
    );
    await heldBack(() =>
      as(ACME, async () => {
        const before = await count();
        const runner = shop.source.createQueryRunner('slave');
        const [row] = (await runner.query("select add_customer('hidden') as email")) as unknown[];
        await runner.release();
        expect(row).toEqual({ email: 'hidden' });
        expect(await count()).toBe(before + 1);
      }),
    );
  });

  it('a stream is read from a replica, for its tenant only', async () => {
    await shop.caughtUp();
    const emails = await as(GLOBEX, async () => {
      const stream = await shop.source.createQueryBuilder(Customer, 'customer').stream();
      const seen: string[] = [];
      for await (const row of stream as AsyncIterable<Record<string, string>>) {
        seen.push(row['customer_email'] as string);
      }
      return seen;
    });
    expect(emails).toEqual(['both know me']);
  });

  it('nothing is read without a tenant, or for another one than the runner was taken for', async () => {
    expect(await errorOf(() => shop.customers.find())).toMatchObject({
      code: 'ROWGUARD_TENANT_MISSING',
    });
    const runner = shop.source.createQueryRunner('slave');
    await as(ACME, () => runner.query('select 1'));
    const error = await errorOf(() => as(GLOBEX, () => runner.query('select * from customers')));
    expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISMATCH' });
    await runner.release();
  });
});
