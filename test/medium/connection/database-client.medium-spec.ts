import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { User, createDatabaseClient } from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';

const ACME = '0190a000-0000-7000-8000-00000000000a';

describe('a database client', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  it('connects once, answers its health check, and disconnects for good', async () => {
    const client = createDatabaseClient({ connectionString: database.url, schema: 'none' });

    expect(await client.healthCheck()).toBe(false);
    await client.connect();
    await client.connect();
    expect(await client.healthCheck()).toBe(true);
    await client.disconnect();
    await client.disconnect();
    expect(await client.healthCheck()).toBe(false);
  });

  it('brings the whole schema, and runs work in the context of a tenant', async () => {
    const client = createDatabaseClient({ connectionString: database.url });
    await client.connect();
    try {
      const seen = await client.withTenantContext(ACME, async (manager) => ({
        users: await manager.find(User),
        tenant: await client.query('select rowguard_tenant_id() as id'),
      }));

      expect(seen).toEqual({ users: [], tenant: [{ id: ACME }] });
    } finally {
      await client.disconnect();
    }
  });

  it('takes the size of the pool and the time to wait as it is told', () => {
    const client = createDatabaseClient({
      connectionString: database.url,
      poolSize: 3,
      timeout: 30_000,
    });

    expect(client.databaseOptions.pool).toMatchObject({ max: 3, acquireTimeoutMs: 30_000 });
  });

  it.each([
    ['poolSize', { poolSize: 0 }],
    ['timeout', { timeout: -1 }],
    ['connectionString', { connectionString: 'mysql://x' }],
  ])('refuses a wrong %s', (_, options) => {
    expect(() => createDatabaseClient(options)).toThrow(
      expect.objectContaining({ code: 'ROWGUARD_OPTIONS_INVALID' }),
    );
  });
});
