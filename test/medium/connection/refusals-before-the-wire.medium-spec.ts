import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TenantRepository, systemWork } from 'nestjs-rowguard';
import type pg from 'pg';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { ShopOnTheWire, underneath } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);

describe('the connection', () => {
  let shop: ShopOnTheWire;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    shop = await ShopOnTheWire.open();
    customers = new TenantRepository(Customer, shop.source);
    await as(ACME, () => customers.insert({ email: 'one' }));
  });
  afterAll(() => shop.close());

  const pool = (): pg.Pool =>
    (shop.source.driver as unknown as PostgresDriver & { master: pg.Pool }).master;
  const backendIsThere = (pid: number): Promise<boolean> =>
    shop.database.asOwner(async (client) => {
      const { rowCount } = await client.query('select 1 from pg_stat_activity where pid = $1', [
        pid,
      ]);
      return rowCount === 1;
    });
  const gone = async (pid: number): Promise<boolean> => {
    for (let look = 0; look < 100; look++) {
      if (!(await backendIsThere(pid))) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  };

  const ways: Record<string, () => Promise<unknown>> = {
    find: () => customers.find(),
    count: () => customers.count(),
    save: () => customers.save({ email: 'x' }),
    insert: () => customers.insert({ email: 'x' }),
    update: () => customers.update({ email: 'x' }, { note: 'y' }),
    delete: () => customers.delete({ email: 'x' }),
    'query of the data source': () => shop.source.query('select * from customers'),
    'query of the repository': () => customers.query('select * from customers'),
    'query builder': () => shop.source.createQueryBuilder(Customer, 'c').getMany(),
    'a builder without an entity': () =>
      shop.source.createQueryBuilder().select('*').from('customers', 'c').getRawMany(),
    'query of a runner': async () => {
      const runner = shop.source.createQueryRunner();
      try {
        return await runner.query('select * from customers');
      } finally {
        await runner.release();
      }
    },
    'the pool itself': () => pool().query('select * from customers'),
  };

  it.each(Object.keys(ways))('sends not one byte without a tenant: %s', async (way) => {
    await as(ACME, () => customers.count());
    const counts = await shop.proxy.during(async () => {
      const error = await errorOf(ways[way] as () => Promise<unknown>);
      expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISSING' });
    });
    expect(counts.bytesSent).toBe(0);
  });

  it('is closed for good when the context differs from the unit of work', async () => {
    const runner = shop.source.createQueryRunner();
    const client = await as(ACME, () => underneath(runner));
    const pid = (client as unknown as { processID: number }).processID;
    await as(ACME, () => runner.query('select 1'));
    const texts = await shop.proxy.during(async () => {
      const error = await errorOf(() => as(GLOBEX, () => runner.query('select * from customers')));
      expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISMATCH' });
    });
    expect(texts.texts).toEqual([]);
    expect(await errorOf(() => as(ACME, () => runner.query('select 1')))).toBeInstanceOf(Error);
    await runner.release();
    expect(pool().totalCount).toBe(0);
    expect(await gone(pid)).toBe(true);
    const [next] = await as(GLOBEX, () =>
      shop.source.query<{ pid: number; rows: number }[]>(
        'select pg_backend_pid() as pid, (select count(*)::int from customers) as rows',
      ),
    );
    expect(next?.pid).not.toBe(pid);
    expect(next?.rows).toBe(0);
  });

  it('refuses a statement that was built for another tenant than the one that sends it', async () => {
    const [sql, parameters] = TenantContext.run({ tenantId: ACME }, () =>
      shop.source.createQueryBuilder(Customer, 'c').getQueryAndParameters(),
    );
    const error = await errorOf(() => as(GLOBEX, () => shop.source.query(sql, parameters)));
    expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_MISMATCH' });
  });

  it('of the system is another one, under a login name of its own', async () => {
    const seen = await TenantContext.runAsSystem('looks at itself', () =>
      shop.source.query<unknown[]>(
        `select application_name as name, current_user::text as role
           from pg_stat_activity where pid = pg_backend_pid()`,
      ),
    );
    expect(seen).toEqual([{ name: 'rowguard-system', role: 'rowguard_system' }]);
    const tenants = await as(ACME, () =>
      shop.source.query(`select current_setting('application_name') as name`),
    );
    expect(tenants).toEqual([{ name: 'rowguard' }]);
  });

  it('is not to be had for system work without a reason, and the reason is recorded', async () => {
    const seen: string[] = [];
    const stop = systemWork.onStart((scope) => seen.push(scope.reason));
    for (const reason of ['', '   ', undefined as unknown as string]) {
      const error = await errorOf(async () => TenantContext.runAsSystem(reason, async () => 1));
      expect(error).toMatchObject({ code: 'ROWGUARD_CONTEXT_INVALID' });
    }
    await TenantContext.runAsSystem('a reason', () => shop.source.query('select 1'));
    stop();
    await TenantContext.runAsSystem('unheard', () => shop.source.query('select 1'));
    expect(seen).toEqual(['a reason']);
  });

  it.each(['vacuum customers', 'create index concurrently extra_email on customers (email)'])(
    'sends %s only for the system, where it works',
    async (text) => {
      const error = await errorOf(() => as(ACME, () => shop.source.query(text)));
      expect(error).toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
      await TenantContext.runAsSystem('maintenance', () => shop.source.query(text));
    },
  );
});
