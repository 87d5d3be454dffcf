import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AttestationError, TenantContext, createDataSource } from 'nestjs-rowguard';
import { ACME, Customer, GLOBEX, SHOP } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

interface Named {
  readonly email: string;
}

/** What the database holds by itself, asked in plain SQL. */
describe('row-level security', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ pool: { max: 1 } });
  });

  afterAll(() => shop.close());

  beforeEach(async () => {
    await shop.database.asOwner((client) => client.query('delete from customers'));
    for (const [tenantId, email] of [
      [ACME, 'acme@example.com'],
      [GLOBEX, 'globex@example.com'],
    ] as const) {
      await as(tenantId, () => shop.source.getRepository(Customer).insert({ email }));
    }
  });

  const emails = async (tenantId: string) => {
    const rows = await as(tenantId, () =>
      shop.source.query<Named[]>('select email from customers'),
    );
    return rows.map((row) => row.email);
  };

  it('shows a tenant its own rows and no others', async () => {
    expect(await emails(ACME)).toEqual(['acme@example.com']);
    expect(await emails(GLOBEX)).toEqual(['globex@example.com']);
  });

  it('is not opened by a policy that somebody adds', async () => {
    await shop.database.asOwner((client) =>
      client.query(
        'create policy wide on customers for all to public using (true) with check (true)',
      ),
    );
    try {
      expect(await emails(ACME)).toEqual(['acme@example.com']);
      await as(ACME, () => shop.source.query(`update customers set note = 'x'`));
    } finally {
      await shop.database.asOwner((client) => client.query('drop policy wide on customers'));
    }
    const { rows } = await shop.database.asOwner((client) =>
      client.query('select note from customers where tenant_id = $1', [GLOBEX]),
    );
    expect(rows).toEqual([{ note: null }]);
  });

  it('holds for the owner of the tables as well', async () => {
    const owner = await shop.database.createLogin();
    const seen = await shop.database.asOwner(async (client) => {
      await client.query('begin');
      await client.query(`grant usage, create on schema public to ${owner.name}`);
      await client.query(`alter table customers owner to ${owner.name}`);
      await client.query(`set local role ${owner.name}`);
      const { rows } = await client.query('select * from customers');
      await client.query('rollback');
      await client.query(`drop role ${owner.name}`);
      return rows;
    });
    expect(seen).toEqual([]);
  });

  it('lets no row be written for another tenant', async () => {
    const write = (sql: string) => as(ACME, () => shop.source.query(sql, [GLOBEX]));

    await expect(
      write(`insert into customers (tenant_id, email, version) values ($1, 'planted', 1)`),
    ).rejects.toThrow(/another tenant/);
    await expect(write('update customers set tenant_id = $1')).rejects.toThrow(/another tenant/);
  });

  it('shows nothing without a tenant, on a connection that has had one', async () => {
    await emails(ACME);
    const rows = await TenantContext.runTenantless('a look without a tenant', () =>
      shop.source.query('select * from customers'),
    );
    expect(rows).toEqual([]);
  });

  it('shows the work of the system all tenants', async () => {
    const rows = await TenantContext.runAsSystem('a count of everything', () =>
      shop.source.query('select * from customers'),
    );
    expect(rows).toHaveLength(2);
  });

  it('does not let tenants truncate, or write what is shared', async () => {
    const rights = await shop.database.asOwner(async (client) => {
      const { rows } = await client.query<{ rights: boolean[] }>(
        `select array[has_table_privilege('rowguard_app', 'customers', 'TRUNCATE'),
           has_table_privilege('rowguard_app', 'countries', 'INSERT, UPDATE, DELETE')] as rights`,
      );
      return rows[0]?.rights;
    });
    expect(rights).toEqual([false, false]);
    await expect(
      as(ACME, () => shop.source.query(`insert into countries (code) values ('XX')`)),
    ).rejects.toThrow(/may not/);
  });

  it('refuses a superuser as the login of the application', async () => {
    const source = createDataSource({
      url: shop.database.url,
      adminUrl: shop.database.url,
      entities: SHOP,
    });
    const start = source.initialize().finally(() => source.isInitialized && source.destroy());

    await expect(start).rejects.toBeInstanceOf(AttestationError);
  });
});
