import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, TenantContext } from 'nestjs-rowguard';
import { type ShopSource, openEmbeddedShop, openShop } from '../../support/shop-source.js';

async function pendingStatements(source: RowguardDataSource): Promise<string[]> {
  return TenantContext.runAsSystem('comparing the schema', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    return upQueries.map((one) => one.query);
  });
}

describe('the schema that TypeORM makes of the entities', () => {
  let shop: ShopSource;
  let embedded: RowguardDataSource;

  beforeAll(async () => {
    shop = await openShop();
    embedded = await openEmbeddedShop();
  });

  afterAll(async () => {
    await embedded.destroy();
    await shop.close();
  });

  it('leaves nothing to change on a server', async () => {
    await expect(pendingStatements(shop.source)).resolves.toEqual([]);
  });

  it('leaves nothing to change on the embedded engine', async () => {
    await expect(pendingStatements(embedded)).resolves.toEqual([]);
  });

  it('gives the join table one tenant column, first in its key and in both references', async () => {
    const definitions = await shop.database.asOwner(async (client) => {
      const { rows } = await client.query<{ definition: string }>(
        `select pg_get_constraintdef(oid) as definition from pg_constraint
         where conrelid = 'invoice_labels'::regclass and contype in ('p', 'f') order by contype desc, conname`,
      );
      return rows.map((row) => row.definition);
    });

    expect(definitions).toEqual([
      'PRIMARY KEY (tenant_id, invoices_id, labels_id)',
      'FOREIGN KEY (tenant_id, invoices_id) REFERENCES invoices(tenant_id, id) ON UPDATE CASCADE ON DELETE CASCADE',
      'FOREIGN KEY (tenant_id, labels_id) REFERENCES labels(tenant_id, id) ON UPDATE CASCADE ON DELETE CASCADE',
    ]);
  });

  it('starts every primary key, unique index and reference of a tenant table with the tenant', async () => {
    const columns = await shop.database.asOwner(async (client) => {
      const { rows } = await client.query<{ name: string; first: string }>(
        `select i.relname as name, a.attname as first from pg_index x
           join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
           join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
         where t.relnamespace = 'public'::regnamespace and x.indisunique and t.relname <> 'countries'`,
      );
      return rows;
    });

    expect(columns.length).toBeGreaterThan(8);
    expect(columns.filter((one) => one.first !== 'tenant_id')).toEqual([]);
  });
});
