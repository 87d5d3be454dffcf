import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TenantContext, TenantRepository, type RowguardDataSource } from 'nestjs-rowguard';
import type { Binding } from '../../../src/connection/binding.js';
import { type EngineKind, ShopDatabase, errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);
// The first start of an engine initialises a database, on a busy machine for many seconds.
jest.setTimeout(60_000);

const INSERT = `insert into customers (tenant_id, id, email, version)
  values ($1, gen_random_uuid(), $2, 1)`;

describe.each<EngineKind>(['server', 'embedded'])('the binding on the %s', (kind) => {
  let shop: ShopDatabase;
  let source: RowguardDataSource;

  beforeAll(async () => {
    shop = await ShopDatabase.open(kind, { pool: { max: 1, acquireTimeoutMs: 5_000 } });
    ({ source } = shop);
    const customers = new TenantRepository(Customer, source);
    for (const tenantId of [ACME, GLOBEX]) {
      await as(tenantId, () => customers.insert({ email: 'one' }));
    }
  });
  afterAll(() => shop.close());

  const tenants = async (): Promise<string[]> => {
    const rows = await source.query<{ tenant_id: string }[]>('select tenant_id from customers');
    return rows.map((row) => row.tenant_id);
  };
  const emailed = (email: string): Promise<unknown[]> =>
    shop.rows('select 1 from customers where email = $1', [email]);

  it('stops the statement when the binding itself fails', async () => {
    const { plan } = source;
    const right = plan.binding;
    const wrong: Binding = {
      preambleFor: () => ({ name: 'rowguard_wrong', text: 'select 1/$1::int', values: ['0'] }),
    };
    Object.assign(plan, { binding: wrong });
    try {
      const error = await errorOf(() => as(ACME, () => source.query(INSERT, [ACME, 'unbound'])));
      expect(error).toMatchObject({ code: '22012' });
    } finally {
      Object.assign(plan, { binding: right });
    }
    expect(await emailed('unbound')).toEqual([]);
    expect(await as(ACME, tenants)).toEqual([ACME]);
  });

  it('stands after ROLLBACK TO SAVEPOINT, also where the savepoint is older than the binding', async () => {
    const runner = source.createQueryRunner();
    try {
      await as(ACME, async () => {
        await runner.startTransaction();
        await runner.query('savepoint before_anything');
        expect(await runner.query('select tenant_id from customers')).toEqual([
          { tenant_id: ACME },
        ]);
        await errorOf(() => runner.query('select 1/0'));
        await runner.query('rollback to savepoint before_anything');
        expect(await runner.query('select tenant_id from customers')).toEqual([
          { tenant_id: ACME },
        ]);
        await runner.commitTransaction();
      });
    } finally {
      await runner.release();
    }
  });

  it('lets the database refuse a row of another tenant', async () => {
    const error = await errorOf(() => as(ACME, () => source.query(INSERT, [GLOBEX, 'foreign'])));
    expect(error).toMatchObject({
      code: 'ROWGUARD_TENANT_MISMATCH',
      cause: { driverError: { code: '42501' } },
    });
    expect(await emailed('foreign')).toEqual([]);
  });

  it('hides the rows of another tenant from updates and deletes', async () => {
    await as(ACME, async () => {
      expect(
        await source.query(`update customers set note = 'x' where tenant_id = $1`, [GLOBEX]),
      ).toEqual([[], 0]);
      expect(await source.query('delete from customers where tenant_id = $1', [GLOBEX])).toEqual([
        [],
        0,
      ]);
    });
    expect(await as(GLOBEX, tenants)).toEqual([GLOBEX]);
  });

  it('is the one of the caller, and not of whoever gave the connection back', async () => {
    const order = Array.from({ length: 12 }, (_, at) => (at % 2 === 0 ? ACME : GLOBEX));
    const seen = await Promise.all(order.map((tenantId) => as(tenantId, tenants)));
    expect(seen).toEqual(order.map((tenantId) => [tenantId]));
    const inTransactions = await Promise.all(
      order.map((tenantId) => as(tenantId, () => source.transaction(() => tenants()))),
    );
    expect(inTransactions).toEqual(order.map((tenantId) => [tenantId]));
  });

  it('refuses another tenant inside a running transaction', async () => {
    await as(ACME, () =>
      source.transaction(async () => {
        const error = await errorOf(async () => as(GLOBEX, tenants));
        expect(error).toMatchObject({ code: 'ROWGUARD_TENANT_SWITCH' });
        expect(await tenants()).toEqual([ACME]);
      }),
    );
  });

  it('sets what is empty too, so that triggers may read it on any connection', async () => {
    const [seen] = await TenantContext.run({ tenantId: ACME }, () =>
      shop.source.query<unknown[]>(
        `select current_setting('rowguard.actor_id') as actor,
                current_setting('rowguard.request_id') as request,
                current_setting('rowguard.reason') as reason`,
      ),
    );

    expect(seen).toEqual({ actor: '', request: '', reason: '' });
  });

  it('carries the actor and the request to the database', async () => {
    const [seen] = await TenantContext.run(
      { tenantId: ACME, actorId: `O'Hara "$1"`, requestId: 'request-7' },
      () =>
        source.query<unknown[]>(
          `select current_setting('rowguard.tenant_id') as tenant,
             current_setting('rowguard.actor_id') as actor,
             current_setting('rowguard.request_id') as request`,
        ),
    );
    expect(seen).toEqual({ tenant: ACME, actor: `O'Hara "$1"`, request: 'request-7' });
  });

  it('acts as the role of the tenants, which bypasses nothing', async () => {
    const [role] = await as(ACME, () =>
      source.query<unknown[]>(
        'select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user',
      ),
    );
    expect(role).toEqual({ rolname: 'rowguard_app', rolsuper: false, rolbypassrls: false });
  });

  it('runs system work under its own role, with a reason that the database can see', async () => {
    const [seen] = await TenantContext.runAsSystem('a monthly count', () =>
      source.query<unknown[]>(
        `select current_user::text as role, current_setting('rowguard.reason') as reason,
           (select count(distinct tenant_id)::int from customers) as tenants`,
      ),
    );
    expect(seen).toEqual({ role: 'rowguard_system', reason: 'a monthly count', tenants: 2 });
    expect(await as(ACME, tenants)).toEqual([ACME]);
  });
});
