import { Logger } from '@nestjs/common';
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TestDatabase } from 'nestjs-rowguard/testing';
import { ACME, GLOBEX, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

describe.each([
  ['the embedded engine', {}],
  ['a server', { url: server }],
])('a test database on %s', (_, engine) => {
  beforeAll(() => Logger.overrideLogger(false));

  it('keeps two tenants apart and goes away', async () => {
    const database = await TestDatabase.start({ entities: SHOP, ...engine });
    const labels = database.repository(Label);
    await database.as(ACME, () => labels.save({ name: 'urgent' }));

    const seen = await database.as(GLOBEX, () => labels.find());
    const all = await database.asSystem(() => labels.find());
    await database.stop();

    expect(seen).toEqual([]);
    expect(all).toHaveLength(1);
    expect(await leftOver()).toEqual([]);
  });
});

/** Of this process: others make databases for tests as well. */
async function leftOver(): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const { rows } = await client.query(
    `select datname from pg_database where datname like 'rowguard_test_%'
     and shobj_description(oid, 'pg_database') like '%"pid":${process.pid}%'`,
  );
  await client.end();
  return rows;
}
