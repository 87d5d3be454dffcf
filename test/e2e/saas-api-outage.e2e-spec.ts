import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import pg from 'pg';
import { createApp } from '../../examples/saas-api/src/create-app.js';
import { ScratchDatabase } from '../support/scratch-database.js';
import { HttpClient } from './http-client.js';

describe('saas-api without its database', () => {
  let database: ScratchDatabase;
  let app: INestApplication;
  let http: HttpClient;

  beforeAll(async () => {
    database = await ScratchDatabase.create();
    app = await createApp({ database: { url: database.url }, logger: false });
    http = await HttpClient.start(app);
  });

  afterAll(async () => {
    await app.close();
    await database.drop();
  });

  /** Under another name the database is out of reach, and nothing in it is lost. */
  async function whileAway<T>(work: () => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: process.env['ROWGUARD_TEST_URL'] });
    await client.connect();
    const { name } = database;
    try {
      await client.query(
        'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1',
        [name],
      );
      await client.query(`alter database ${name} rename to ${name}_away`);
      return await work().finally(() =>
        client.query(`alter database ${name}_away rename to ${name}`),
      );
    } finally {
      await client.end();
    }
  }

  it('says so in its health and its answers, and recovers by itself', async () => {
    const invoices = () => http.call('/invoices', { headers: { 'x-tenant': 'acme' } });
    const before = await invoices();

    const away = await whileAway(async () => [
      await http.call('/health'),
      await invoices(),
      await http.call('/health/live'),
    ]);

    expect(before.status).toBe(200);
    expect(away.map((answer) => answer.status)).toEqual([503, 503, 200]);
    expect(JSON.stringify(away)).not.toMatch(/rg_|127\.0\.0\.1|postgres|acme/);
    await expect(http.call('/health')).resolves.toMatchObject({ status: 200 });
    await expect(invoices()).resolves.toEqual(before);
  });
});
