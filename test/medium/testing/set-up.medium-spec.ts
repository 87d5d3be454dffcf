import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, Tenant, TenantContext, TestDatabaseError } from 'nestjs-rowguard';
import { TestDatabase, clearTestDatabase, setupTestDatabase } from 'nestjs-rowguard/testing';
import { onServer } from '../../../src/testing/database/admin.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

describe('a test file that sets up a database and clears it before each test', () => {
  let source: RowguardDataSource;
  const tenants = () =>
    TenantContext.runAsSystem('test', () => source.getRepository(Tenant).count());

  beforeAll(async () => {
    Logger.overrideLogger(false);
    source = await setupTestDatabase({ url: server, schema: ['identity'] });
  }, 60_000);
  beforeEach(() => clearTestDatabase(source));

  it.each([['first'], ['second']])('finds nothing of the other tests: the %s', async (slug) => {
    await TenantContext.runAsSystem('test', () =>
      source.getRepository(Tenant).insert({ name: slug, slug: 'the-same' }),
    );

    await expect(tenants()).resolves.toBe(1);
  });

  it('clears nothing that it has not set up', async () => {
    const other = await TestDatabase.start({ url: server, schema: ['identity'] });
    await other.createTenant();

    await expect(clearTestDatabase(other.source)).rejects.toThrow(TestDatabaseError);
    await expect(clearTestDatabase(undefined as never)).rejects.toThrow('nothing was deleted');
    await expect(other.asSystem(() => other.repository(Tenant).count())).resolves.toBe(1);
    await other.stop();
  });

  afterAll(async () => {
    const name = source.driver.database as string;
    await source.destroy();
    const left = await onServer(server, (client) =>
      client.query('select datname from pg_database where datname = $1', [name]),
    );

    expect(name).toMatch(/^rowguard_test_/);
    expect(left.rows).toEqual([]);
    await expect(setupTestDatabase({ engine: 'oracle' as never })).rejects.toThrow('engine');
  });
});
