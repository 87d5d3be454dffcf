import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TenantRepository } from 'nestjs-rowguard';
import { ShopOnTheWire, leftOn } from '../../support/on-the-wire.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer } from '../../support/shop.js';

Logger.overrideLogger(false);

describe('round trips', () => {
  let shop: ShopOnTheWire;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    shop = await ShopOnTheWire.open();
    customers = new TenantRepository(Customer, shop.source);
    await as(ACME, () => customers.insert({ email: 'first@acme' }));
  });
  afterAll(() => shop.close());

  const bare: Record<string, () => Promise<unknown>> = {
    'a find of a repository': () => customers.find(),
    'a find by id of a repository': () =>
      customers.findOneBy({ id: '0190a000-0000-7000-8000-0000000000ff' }),
    'a count of a repository': () => customers.count(),
    'an insert of a repository': () => customers.insert({ email: `${Math.random()}@acme` }),
    'an update of a repository': () => customers.update({ email: 'nobody' }, { note: 'x' }),
    'a raw query': () => shop.source.query('select count(*) from customers'),
    'a raw query with parameters': () =>
      shop.source.query('select * from customers where email = $1', ['first@acme']),
    'a query builder': () =>
      shop.source.createQueryBuilder(Customer, 'customer').where('true').getMany(),
    'a query builder with parameters': () =>
      shop.source
        .createQueryBuilder(Customer, 'customer')
        .where('customer.email = :email', { email: 'first@acme' })
        .getMany(),
    'a raw query that PostgreSQL refuses': () =>
      shop.source.query('select 1/0').catch(() => undefined),
  };

  it.each(Object.keys(bare))('costs one for %s, however often it is sent', async (kind) => {
    for (let sight = 1; sight <= 3; sight++) {
      const counts = await shop.proxy.during(() => as(ACME, bare[kind] as () => Promise<unknown>));
      expect(counts).toMatchObject({ syncs: 1, queries: 0, ready: 1, flushes: 0 });
    }
  });

  it.each([1, 2, 5])('costs two more than its %i statements for a transaction', async (q) => {
    const counts = await shop.proxy.during(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          for (let at = 0; at < q; at++) await manager.query('select * from customers');
        }),
      ),
    );
    expect(counts).toMatchObject({ syncs: q + 2, queries: 0, ready: q + 2 });
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const)(
    'costs nothing more for the isolation level %s, which is really set',
    async (level) => {
      let seen: unknown;
      const counts = await shop.proxy.during(() =>
        as(ACME, () =>
          shop.source.transaction(level, async (manager) => {
            seen = await manager.query(`select current_setting('transaction_isolation') as level`);
          }),
        ),
      );
      expect(seen).toEqual([{ level: level.toLowerCase() }]);
      expect(counts).toMatchObject({ syncs: 3, ready: 3 });
    },
  );

  it('costs two more than its statements for a transaction that is undone', async () => {
    const counts = await shop.proxy.during(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          await manager.query('select 1 from customers');
          throw new Error('undo');
        }),
      ).catch(() => undefined),
    );
    expect(counts).toMatchObject({ syncs: 3, ready: 3 });
  });

  it('costs two for a savepoint', async () => {
    const counts = await shop.proxy.during(() =>
      as(ACME, () =>
        shop.source.transaction(async () => {
          await shop.source.joinTransaction(() => customers.count(), { savepoint: true });
        }),
      ),
    );
    expect(counts).toMatchObject({ syncs: 5, ready: 5 });
  });

  it('costs one for a statement of the system', async () => {
    const work = (): Promise<unknown> =>
      TenantContext.runAsSystem('a count', () =>
        shop.source.query('select count(*) from customers'),
      );
    await work();
    const counts = await shop.proxy.during(work);
    expect(counts).toMatchObject({ syncs: 1, queries: 0, ready: 1 });
  });

  it('leaves nothing on the connection after a bare statement', async () => {
    const runner = shop.source.createQueryRunner();
    try {
      await TenantContext.run({ tenantId: ACME, actorId: 'ada' }, async () => {
        const [inside] = await runner.query(
          `select current_setting('rowguard.tenant_id') as tenant, current_user::text as user`,
        );
        expect(inside).toEqual({ tenant: ACME, user: 'rowguard_app' });
        expect(await leftOn(runner)).toMatchObject(nothing);
        await runner.query('select 1/0').catch(() => undefined);
        expect(await leftOn(runner)).toMatchObject(nothing);
      });
    } finally {
      await runner.release();
    }
  });

  it.each(['commitTransaction', 'rollbackTransaction'] as const)(
    'leaves nothing on the connection after %s',
    async (end) => {
      const runner = shop.source.createQueryRunner();
      try {
        await TenantContext.run({ tenantId: ACME, actorId: 'ada' }, async () => {
          await runner.startTransaction();
          await runner.query('select * from customers');
          await runner.query('savepoint inner_part');
          await runner.query('select * from customers');
          await runner.query('release inner_part');
          await runner[end]();
          expect(await leftOn(runner)).toMatchObject(nothing);
        });
      } finally {
        await runner.release();
      }
    },
  );
});

describe('a start behind a pooler', () => {
  it('takes no lock of the session, which nobody could give back for certain', async () => {
    const shop = await ShopOnTheWire.open({ strategy: 'pooler' });
    const sent = shop.proxy.total.texts.join('\n');
    await shop.close();
    expect(sent).toContain('rowguard_app');
    expect(sent).not.toContain('pg_advisory_lock');
  });
});

const nothing = { tenant: null, actor: null, reason: null, role: 'none', user: 'postgres' };
