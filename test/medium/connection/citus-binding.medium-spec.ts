import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TenantRepository } from 'nestjs-rowguard';
import { ShopOnTheWire, leftOn, underneath } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);

const READ = 'select tenant_id from customers';

describe.each([
  ['named statements', {}],
  ['no named statements', { strategy: 'pooler' }],
] as const)('the binding for Citus with %s', (_, options) => {
  let shop: ShopOnTheWire;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    shop = await ShopOnTheWire.open({ scale: 'citus', ...options });
    customers = new TenantRepository(Customer, shop.source);
    for (const tenantId of [ACME, GLOBEX])
      await as(tenantId, () => customers.insert({ email: 'first' }));
    await shop.database.asOwner((client) =>
      client.query(`create table pairs (id int primary key, other int not null);
        alter table pairs add constraint pairs_other foreign key (other) references pairs (id) deferrable initially deferred;
        grant select, insert on pairs to rowguard_app`),
    );
  });
  afterAll(() => shop.close());

  const status = async (): Promise<unknown> => {
    const runner = shop.source.createQueryRunner();
    try {
      const client = await underneath(runner);
      return [
        (client as unknown as { getTransactionStatus(): string }).getTransactionStatus(),
        await leftOn(runner),
      ];
    } finally {
      await runner.release();
    }
  };
  const clean = ['I', expect.objectContaining({ tenant: null, actor: null, role: 'none' })];

  const bare: Record<string, () => Promise<unknown>> = {
    'a find': () => customers.find(),
    'an insert': () => customers.insert({ email: `${Math.random()}` }),
    'raw SQL': () => shop.source.query(READ),
    'raw SQL with parameters': () =>
      shop.source.query('select * from customers where email = $1', ['first']),
  };

  it.each(Object.keys(bare))('costs one round trip for %s', async (kind) => {
    for (let sight = 1; sight <= 3; sight++) {
      const counts = await shop.proxy.during(() => as(ACME, bare[kind] as () => Promise<unknown>));
      expect(counts).toMatchObject({ syncs: 1, queries: 0, ready: 1, flushes: 0 });
    }
    expect(await as(ACME, status)).toEqual(clean);
  });

  it.each([1, 3])('leaves a transaction with %i statements to its owner', async (q) => {
    const counts = await shop.proxy.during(() =>
      as(ACME, () =>
        shop.source.transaction(async (manager) => {
          for (let at = 0; at < q; at++) await manager.query(READ);
        }),
      ),
    );

    expect(counts).toMatchObject({ syncs: q + 2, queries: 0, ready: q + 2 });
    expect(counts.texts.filter((text) => text === 'BEGIN')).toEqual([]);
  });

  it('ends what has failed before the connection serves again', async () => {
    for (const text of ['select 1/0', 'select nothing from customers']) {
      const counts = await shop.proxy.during(async () => {
        await as(ACME, () => errorOf(() => shop.source.query(text)));
        const rows = await as(ACME, () => shop.source.query(READ));
        expect(rows).toContainEqual({ tenant_id: ACME });
      });
      expect(counts).toMatchObject({ syncs: 2, queries: 1, ready: 3 });
      expect(counts.texts).toContain('ROLLBACK');
      expect(await as(ACME, status)).toEqual(clean);
    }
  });

  it('gives the right answers to statements that do not wait for each other', async () => {
    const runner = shop.source.createQueryRunner();
    try {
      const answers = await as(ACME, () =>
        Promise.allSettled([
          runner.query('select 1 as one'),
          runner.query('select 1/0'),
          runner.query('select 2 as two'),
          runner.query(READ),
        ]),
      );
      expect(answers).toMatchObject([
        { status: 'fulfilled', value: [{ one: 1 }] },
        { status: 'rejected' },
        { status: 'fulfilled', value: [{ two: 2 }] },
        { status: 'fulfilled' },
      ]);
    } finally {
      await runner.release();
    }
  });

  it('tells of a constraint that is checked at the end', async () => {
    const insert = (other: number) =>
      TenantContext.runAsSystem('a pair', () =>
        shop.source.query(`insert into pairs values (${other}, ${other + 1})`),
      );
    await shop.database.asOwner((client) => client.query('grant all on pairs to rowguard_system'));

    const error = await errorOf(() => insert(10));
    const { rows } = await shop.database.asOwner((client) => client.query('select * from pairs'));

    expect(error).toMatchObject({ code: 'ROWGUARD_REFERENCE_MISSING' });
    expect(rows).toEqual([]);
  });

  it('streams to the end, and lets go of a stream that is left early', async () => {
    const read = (most: number) =>
      as(ACME, async () => {
        const runner = shop.source.createQueryRunner();
        const stream = await runner.stream('select generate_series(1, 500) as n from customers');
        const ended = new Promise((resolve) => stream.once('close', () => resolve(undefined)));
        let seen = 0;
        for await (const row of stream) {
          seen += row ? 1 : 0;
          if (seen === most) break;
        }
        await ended;
        await runner.release();
        return seen;
      });

    expect(await read(7)).toBe(7);
    expect(await as(ACME, status)).toEqual(clean);
    expect((await read(Number.POSITIVE_INFINITY)) % 500).toBe(0);
    expect(await as(ACME, status)).toEqual(clean);
    expect(await as(GLOBEX, () => shop.source.query(READ))).toEqual([{ tenant_id: GLOBEX }]);
  });

  it('prepares anew what a change of the schema has made stale', async () => {
    const read = () => as(ACME, () => shop.source.query<object[]>('select * from customers'));
    for (let sight = 0; sight < 3; sight++) await read();
    await shop.database.asOwner((client) =>
      client.query(`alter table customers add column "c${Math.random()}" int`),
    );

    expect((await read()).length).toBeGreaterThan(0);
    expect(await as(ACME, status)).toEqual(clean);
  });

  it('runs system work over all tenants', async () => {
    const rows = await TenantContext.runAsSystem('a count', () =>
      shop.source.query(
        'select count(distinct tenant_id)::int as tenants, current_user::text as role from customers',
      ),
    );

    expect(rows).toEqual([{ tenants: 2, role: 'rowguard_system' }]);
  });

  it('works with the setting that only Citus knows, as its function has it there', async () => {
    await shop.database.asOwner((client) =>
      client.query(`alter function rowguard_bind set citus.propagate_set_commands = 'local'`),
    );

    const rows = await as(GLOBEX, () => shop.source.query(READ));

    await shop.database.asOwner((client) => client.query('alter function rowguard_bind reset all'));
    expect(rows).toEqual([{ tenant_id: GLOBEX }]);
  });
});
