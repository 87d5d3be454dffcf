import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { schemaGuardOf } from '../../../src/guards-of-source.js';
import { TenantContext, TenantRepository } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { ACME, Customer, GLOBEX } from '../../support/shop.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';

const MISSING = '0190ffff-0000-7000-8000-000000000000';

/** Written here once more, so that it does not repeat a mistake of the code that it examines. */
const RULES: Readonly<Record<string, string>> = {
  'tables without row-level security, or not forced': `select c.relname from tenant_tables c where not (c.relrowsecurity and c.relforcerowsecurity)`,
  'tables without a permissive and a restrictive policy for tenants': `select c.relname from tenant_tables c where (select count(distinct p.polpermissive) from pg_policy p
     where p.polrelid = c.oid and p.polroles = array['rowguard_app'::regrole::oid] and p.polcmd = '*' and p.polqual is not null and p.polwithcheck is not null) <> 2`,
  'keys without the tenant first': `select i.indexrelid::regclass::text as relname from tenant_tables c join pg_index i on i.indrelid = c.oid
     join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0] where i.indisunique and a.attname <> 'tenant_id'`,
  'references without the tenant': `select k.conname as relname from tenant_tables c join pg_constraint k on k.conrelid = c.oid and k.contype = 'f'
     join tenant_tables t on t.oid = k.confrelid
     where not exists (select 1 from unnest(k.conkey, k.confkey) as p(own, other)
       join pg_attribute a on a.attrelid = k.conrelid and a.attnum = p.own and a.attname = 'tenant_id'
       join pg_attribute b on b.attrelid = k.confrelid and b.attnum = p.other and b.attname = 'tenant_id')`,
  'tables whose tenant may be null': `select c.relname from tenant_tables c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where not a.attnotnull`,
  'tables that tenants may truncate, refer to or put triggers on': `select c.relname from tenant_tables c where has_table_privilege('rowguard_app', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')`,
  'tables of nobody that tenants may use': `select c.relname from pg_class c where c.relkind in ('r','p','v','m') and c.relnamespace = 'public'::regnamespace
     and c.relname <> 'countries' and c.oid not in (select oid from tenant_tables) and has_table_privilege('rowguard_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')`,
};
const TENANT_TABLES = `with tenant_tables as (select c.* from pg_class c where c.relkind in ('r','p') and c.relnamespace = 'public'::regnamespace
  and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id'))`;

describe('the live catalog', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop();
  });

  afterAll(() => shop.close());

  it('has every table classified, and nothing that the guard would report', async () => {
    const findings = await TenantContext.runAsSystem('examining the catalog', () =>
      schemaGuardOf(shop.source).examine(),
    );
    const errors = findings.filter((one) => one.severity === 'error');
    recordBar({
      bar: 'findings in the live catalog',
      measured: errors.length,
      target: '0',
      passed: errors.length === 0,
    });

    expect(errors).toEqual([]);
  });

  it.each(Object.entries(RULES))('has no %s', async (rule, sql) => {
    const rows = await shop.database.asOwner(async (client) => {
      const counted = await client.query(
        `${TENANT_TABLES} select count(*)::int as n from tenant_tables`,
      );
      expect(counted.rows).toEqual([{ n: 7 }]);
      return (await client.query<{ relname: string }>(`${TENANT_TABLES} ${sql}`)).rows;
    });
    recordBar({ bar: rule, measured: rows.length, target: '0', passed: rows.length === 0 });

    expect(rows).toEqual([]);
  });

  it('answers for a foreign id as for a missing one', async () => {
    const customers = new TenantRepository(Customer, shop.source);
    const foreign = await as(GLOBEX, () => customers.save({ email: 'globex@example.com' }));
    const ways: Readonly<Record<string, (id: string) => Promise<unknown>>> = {
      findById: (id) => customers.findById(id),
      getById: (id) => customers.getById(id),
      save: (id) => customers.save({ id, email: 'x@example.com' }),
      remove: (id) => customers.remove(customers.create({ id })),
      softRemove: (id) => customers.softRemove(customers.create({ id })),
      update: (id) => customers.update(id, { note: 'x' }),
      delete: (id) => customers.delete(id),
      softDelete: (id) => customers.softDelete(id),
      restore: (id) => customers.restore(id),
      reference: (id) =>
        shop.source.query('insert into letters (body, customer_id, version) values ($1, $2, 1)', [
          'x',
          id,
        ]),
    };
    const different: string[] = [];
    for (const [name, way] of Object.entries(ways)) {
      const [one, other] = [await answerTo(way, foreign.id), await answerTo(way, MISSING)];
      if (one !== other) different.push(`${name}: ${one} / ${other}`);
    }
    recordBar({
      bar: 'answers that tell a foreign id from a missing one',
      measured: different.length,
      target: '0',
      passed: different.length === 0,
    });

    expect(different).toEqual([]);
  });
});

/** Class, code and message of an error, or the value; without the id and times, which differ by themselves. */
async function answerTo(way: (id: string) => Promise<unknown>, id: string): Promise<string> {
  const answer = await as(ACME, () => way(id)).catch((error: Error & { code?: string }) => [
    error.constructor.name,
    error.code,
    error.message,
  ]);
  return JSON.stringify(answer ?? null)
    .replaceAll(id, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}
