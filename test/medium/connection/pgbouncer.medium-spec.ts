import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TenantContext, TenantRepository, type RowguardDataSource } from 'nestjs-rowguard';
import { type PooledShop, openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer, GLOBEX, INITECH } from '../../support/shop.js';

const TENANTS = [ACME, GLOBEX, INITECH];
const ROUNDS = 40;

const withPooler = pgBouncerIsMissing() ? describe.skip : describe;

withPooler('behind a pooler in transaction mode with one backend', () => {
  let shop: PooledShop;
  let customers: TenantRepository<Customer>;

  beforeAll(async () => {
    shop = await openPooledShop();
    customers = new TenantRepository(Customer, shop.source);
    await fill(customers);
  });
  afterAll(() => shop.close());

  it('keeps interleaved tenants apart', async () => {
    const seen = await Promise.all(
      Array.from({ length: ROUNDS }, (_, at) =>
        onlyOwnRows(shop.source, TENANTS[at % 3] as string),
      ),
    );
    expect(seen).toEqual(seen.map(() => true));
  });

  it('keeps transactions of interleaved tenants apart', async () => {
    const counts = await Promise.all(
      Array.from({ length: ROUNDS }, (_, at) =>
        as(TENANTS[at % 3] as string, () =>
          shop.source.transaction(async () => {
            await customers.insert({ email: `in transaction ${at}` });
            return customers.countBy({ email: `in transaction ${at}` });
          }),
        ),
      ),
    );
    expect(new Set(counts)).toEqual(new Set([1]));
  });

  it('really shares the backend', async () => {
    const pids = await Promise.all(
      Array.from({ length: 9 }, (_, at) =>
        as(TENANTS[at % 3] as string, () =>
          shop.source.query<{ pid: number }[]>('select pg_backend_pid() as pid'),
        ),
      ),
    );
    expect(new Set(pids.flat().map((row) => row.pid)).size).toBe(1);
  });

  it('leaves nothing on the shared backend', async () => {
    await as(ACME, () => customers.find());
    const stranger = new pg.Client({ connectionString: shop.source.databaseOptions.url });
    await stranger.connect();
    const { rows: found } = await stranger.query(
      `select nullif(current_setting('rowguard.tenant_id', true), '') as tenant,
         current_setting('role') as role, (select count(*)::int from pg_prepared_statements) as named`,
    );
    await stranger.end();
    expect(found).toEqual([{ tenant: null, role: 'none', named: 0 }]);
  });

  it('does the work of the system beside it', async () => {
    const [count] = await TenantContext.runAsSystem('counts tenants', () =>
      shop.source.query<{ tenants: number }[]>(
        'select count(distinct tenant_id)::int as tenants from customers',
      ),
    );
    expect(count).toEqual({ tenants: 3 });
  });
});

withPooler('behind a pooler that was taken for the server', () => {
  let shop: PooledShop;

  beforeAll(async () => {
    shop = await openPooledShop({
      strategy: 'direct',
      pool: { idleInTransactionTimeoutMs: 0, max: 4 },
    });
    await fill(new TenantRepository(Customer, shop.source));
  });
  afterAll(() => shop.close());

  it('leaks nothing, and recovers from names that another connection has prepared', async () => {
    const seen: unknown[] = [];
    for (let round = 0; round < 5; round++) {
      seen.push(
        ...(await Promise.all(
          Array.from({ length: 12 }, (_, at) =>
            onlyOwnRows(shop.source, TENANTS[at % 3] as string).catch((error: unknown) => error),
          ),
        )),
      );
    }
    expect(seen.filter((one) => one === false)).toEqual([]);
    const errors = seen.filter((one) => one !== true) as { code?: string }[];
    expect(
      errors.map((error) => error.code).filter((code) => !/^(26000|42P05)$/.test(code ?? '')),
    ).toEqual([]);
    expect(await onlyOwnRows(shop.source, ACME)).toBe(true);
  });
});

async function fill(customers: TenantRepository<Customer>): Promise<void> {
  for (const tenantId of TENANTS) {
    await as(tenantId, () => customers.insert([{ email: 'one' }, { email: 'two' }]));
  }
}

async function onlyOwnRows(source: RowguardDataSource, tenantId: string): Promise<boolean> {
  const rows = await as(tenantId, () =>
    source.query<{ tenant_id: string }[]>('select tenant_id from customers'),
  );
  return rows.length >= 2 && rows.every((row) => row.tenant_id === tenantId);
}
