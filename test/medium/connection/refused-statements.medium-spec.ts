import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { ShopOnTheWire, leftOn } from '../../support/on-the-wire.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

Logger.overrideLogger(false);

const REFUSED = { code: 'ROWGUARD_STATEMENT_REFUSED' };

/** Ways to forge whom a statement acts for, plain and disguised. */
const FORGERIES = [
  `set rowguard.tenant_id = '${GLOBEX}'`,
  `SET SESSION "rowguard"."tenant_id" = '${GLOBEX}'`,
  `set local rowguard.tenant_id = '${GLOBEX}'`,
  `set/**/local/**/rowguard.tenant_id = '${GLOBEX}'`,
  `SET LOCAL -- to be sure\n rowguard.tenant_id TO '${GLOBEX}'`,
  `/* a /* nested */ select */ set rowguard.tenant_id = '${GLOBEX}'`,
  `set role postgres`,
  `SET LOCAL ROLE rowguard_system`,
  `set local/* */role rowguard_system`,
  `SeT lOcAl "role" to rowguard_system`,
  `set session authorization postgres`,
  `set local session authorization postgres`,
  `set local row_security = off`,
  `reset role`,
  `reset all`,
  `RESET rowguard.tenant_id`,
  `discard all`,
  `/* note */ discard all`,
  `select set_config('rowguard.tenant_id', '${GLOBEX}', true)`,
  `select pg_catalog.set_config('rowguard.tenant_id', '${GLOBEX}', true)`,
  `select "set_config"('rowguard.tenant_id', '${GLOBEX}', true)`,
  `select SET_CONFIG('ROLE', 'rowguard_system', true)`,
  `select set_config/**/('role', 'rowguard_system', true)`,
  `select set_config('rowguard' || '.tenant_id', '${GLOBEX}', true)`,
  `select set_config(lower('ROWGUARD.TENANT_ID'), '${GLOBEX}', true)`,
  `select set_config(setting_name => 'role', new_value => 'postgres', is_local => true)`,
  `select set_config(E'rol\\x65', 'postgres', true)`,
  `select U&"s\\0065t_config"('role', 'postgres', true)`,
  `select set_config(U&'\\0072ole', 'postgres', true)`,
  `with forged as (select set_config('role', 'postgres', true)) select * from customers, forged`,
  `explain analyze select set_config('role', 'postgres', true)`,
  `update pg_settings set setting = '${GLOBEX}' where name = 'rowguard.tenant_id'`,
  `update pg_catalog."pg_settings" set setting = 'postgres' where name = 'role'`,
  `do $$ begin perform set_config('role', 'postgres', true); end $$`,
  `/* /* */ select */ do $$ begin execute 'set ro' || 'le postgres'; end $$`,
  `select query_to_xml('select set_' || 'config(''role'', ''postgres'', true)', true, true, '')`,
  `select "query_to_xml"('select 1', true, true, '')`,
  `select query_to_xml /* */ ('select 1', true, true, '')`,
  `select * from ts_stat('select 1')`,
];

/** What would stay on the connection for the next tenant. */
const LASTING = [
  `set search_path = pg_temp`,
  `set statement_timeout = 1`,
  `select set_config('search_path', 'pg_temp', false)`,
  `select set_config('default_transaction_read_only', $1, false)`,
  `prepare spy as select * from customers`,
  `deallocate all`,
  `listen secrets`,
  `create temp table mine as select 1`,
  `select 1 as one into temp mine`,
  `select 1 as one into/**/temp mine`,
  `select 1 as one into pg_temp.mine`,
  `declare spy cursor with hold for select * from customers`,
  `select pg_advisory_lock(1)`,
  `select "pg_try_advisory_lock"(1)`,
  `copy customers to stdout`,
  `vacuum`,
  `create index concurrently spy on customers (email)`,
];

describe('a statement that', () => {
  let shop: ShopOnTheWire;

  beforeAll(async () => {
    shop = await ShopOnTheWire.open();
  });
  afterAll(() => shop.close());

  const refusal = async (text: string): Promise<void> => {
    const runner = shop.source.createQueryRunner();
    try {
      await as(ACME, () => runner.query('select 1'));
      const counts = await shop.proxy.during(async () => {
        expect(await errorOf(() => as(ACME, () => runner.query(text)))).toMatchObject(REFUSED);
      });
      expect(counts.bytesSent).toBe(0);
    } finally {
      await runner.release();
    }
  };

  it.each(FORGERIES)('forges whom it acts for is not sent: %s', refusal);
  it.each(LASTING)('outlives its request is not sent: %s', refusal);

  // Dynamic SQL inside DO cannot be read; the system may run it, and its role bounds what it does.
  it.each(FORGERIES.filter((text) => !/execute/.test(text)))(
    'forges is not sent for the system either: %s',
    async (text) => {
      await TenantContext.runAsSystem('a forgery', async () => {
        const runner = shop.source.createQueryRunner();
        try {
          const error = await errorOf(() => runner.query(text));
          expect(error).toMatchObject({ code: expect.stringMatching(/STATEMENT_REFUSED|^42/) });
          expect(await leftOn(runner)).toMatchObject({ tenant: null, role: 'none' });
        } finally {
          await runner.release();
        }
      });
    },
  );

  it.each([
    `select 1; select 2`,
    `select * from customers; set role postgres`,
    `begin; select * from customers`,
    `commit; set role postgres`,
  ])('is really two is refused: %s', async (text) => {
    const error = await errorOf(() => as(ACME, () => shop.source.query(text)));
    expect(error).toMatchObject(REFUSED);
  });

  it.each([
    `select set_config('statement_timeout', '5s', true)`,
    `set local statement_timeout = '5s'`,
    `-- who\nselect 1`,
    `/* a /* nested */ comment */ select 1`,
    `select '--', '/*', $$ /* $$, "email" from customers -- end`,
    `(select 1) union (select 2)`,
    `with one as (select 1) select * from one`,
    `select 1 as settings, 'all' as scope`,
  ])('is harmless is sent: %s', async (text) => {
    await as(ACME, () => shop.source.query(text));
  });
});
