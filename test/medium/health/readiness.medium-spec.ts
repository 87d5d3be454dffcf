import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type pg from 'pg';
import {
  type DatabaseModuleOptions,
  DatabaseHealthIndicator,
  type RowguardDataSource,
  checkHealth,
  createDataSource,
} from 'nestjs-rowguard';
import { CutCable } from '../../support/cut-cable.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { as, openShop } from '../../support/shop-source.js';

const closing: (() => Promise<unknown>)[] = [];

async function shop(options: DatabaseModuleOptions = {}): Promise<{
  source: RowguardDataSource;
  database: ScratchDatabase;
}> {
  const opened = await openShop(options);
  closing.push(() => opened.close());
  return opened;
}

/** Takes so many connections, and lets so many others wait for one. */
async function occupy(source: RowguardDataSource, taken: number, waiting: number): Promise<void> {
  const runners = Array.from({ length: taken }, () => source.createQueryRunner());
  await as(ACME, () => Promise.all(runners.map((runner) => runner.connect())));
  const waiters = Array.from({ length: waiting }, () => as(ACME, () => source.query('select 1')));
  closing.push(async () => {
    await Promise.all(runners.map((runner) => runner.release()));
    await Promise.all(waiters);
  });
}

async function probesOf(database: ScratchDatabase): Promise<number> {
  return database.asOwner(async (client: pg.Client) => {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and application_name = 'rowguard-health'`,
    );
    return rows[0]?.n ?? 0;
  });
}

describe('readiness', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
    jest.restoreAllMocks();
  });

  it('is up, and says how the database is', async () => {
    const { source } = await shop({ pool: { max: 3 } });

    await expect(checkHealth(source)).resolves.toEqual({
      status: 'up',
      reasons: [],
      latencyMs: expect.any(Number),
      pools: {
        application: { used: 0, idle: expect.any(Number), waiting: 0, max: 3 },
        system: { used: 0, idle: expect.any(Number), waiting: 0, max: 4 },
      },
      transactions: { long: 0, oldestSeconds: 0, idle: 0, oldestIdleSeconds: 0 },
      migrations: { pending: 0, failed: 0 },
      isolation: 'held',
    });
  });

  it('answers at once while every connection is taken, and adds no waiter', async () => {
    const { source } = await shop({ pool: { max: 2 } });
    await occupy(source, 2, 50);

    const begun = performance.now();
    const health = await checkHealth(source);

    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(health).toMatchObject({
      status: 'degraded',
      reasons: ['pool-waiting'],
      pools: { application: { used: 2, idle: 0, waiting: 50, max: 2 } },
    });
  });

  it('shares one look among callers, tells it again for a while, and keeps one connection', async () => {
    const { source, database } = await shop({ health: { cacheMs: 60_000 } });
    const looked = await Promise.all(Array.from({ length: 20 }, () => checkHealth(source)));
    const later = await checkHealth(source);
    const fresh = await checkHealth(source, { fresh: true });

    const latencies = new Set([...looked, later].map(({ latencyMs }) => latencyMs));
    expect(latencies.size).toBe(1);
    expect(latencies).not.toContain(fresh.latencyMs);
    await expect(probesOf(database)).resolves.toBe(1);
    await source.destroy();
    await expect(probesOf(database)).resolves.toBe(0);
    await source.initialize();
  });

  it('is down within its time where the network swallows everything, and up again after it', async () => {
    const database = await ScratchDatabase.create();
    const cable = await CutCable.lay(database.url);
    const source = createDataSource({
      url: cable.url,
      entities: SHOP,
      health: { timeoutMs: 300, cacheMs: 0 },
    });
    await source.initialize();
    closing.push(async () => {
      cable.mend();
      await source.destroy();
      await cable.close();
      await database.drop();
    });
    const indicator = new DatabaseHealthIndicator(source);
    await expect(indicator.check()).resolves.toMatchObject({ status: 'up' });
    cable.cut();

    for (const attempt of ['kept connection', 'new connection']) {
      const begun = performance.now();
      const { database: health } = await indicator.readiness();
      expect({ attempt, ...health }).toMatchObject({ status: 'down', reasons: ['no-answer'] });
      expect(performance.now() - begun).toBeLessThan(500);
    }
    await expect(indicator.liveness()).resolves.toEqual({ database: { status: 'up' } });
    cable.mend();
    await expect(indicator.check()).resolves.toMatchObject({ status: 'up' });
  });

  it('is not misled by a connection that the server has closed meanwhile', async () => {
    const { source, database } = await shop({ health: { cacheMs: 0 } });
    await checkHealth(source);
    await database.asOwner((client) =>
      client.query(
        `select pg_terminate_backend(pid, 3000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      ),
    );

    await expect(checkHealth(source)).resolves.toMatchObject({ status: 'up' });
  });

  it('tells of long and of idle transactions, and nothing of what they do', async () => {
    const { source } = await shop({ health: { longTransactionS: 0.05, idleInTransactionS: 0.05 } });
    await as(ACME, () =>
      source.transaction(async () => {
        await source.query("select 'a secret'");
        await new Promise((resolve) => setTimeout(resolve, 150));

        const health = await checkHealth(source);
        expect(health).toMatchObject({
          status: 'degraded',
          reasons: ['long-transactions', 'idle-in-transaction'],
          transactions: { long: 1, oldestSeconds: 0, idle: 1, oldestIdleSeconds: 0 },
        });
        expect(JSON.stringify(health)).not.toContain('secret');
      }),
    );
  });

  it('is down while the process drains, before any cached answer ends', async () => {
    const { source } = await shop({ health: { cacheMs: 60_000 } });
    await expect(checkHealth(source)).resolves.toMatchObject({ status: 'up' });
    source.plan.drainingSince = performance.now();

    await expect(checkHealth(source)).resolves.toMatchObject({
      status: 'down',
      reasons: ['draining'],
    });
    await expect(new DatabaseHealthIndicator(source).liveness()).resolves.toEqual({
      database: { status: 'up' },
    });
  });

  it('tells of each replica by its place, and of one that is dead', async () => {
    const database = await ScratchDatabase.create();
    const cable = await CutCable.lay(database.url);
    const withReplicas = createDataSource({
      url: database.url,
      entities: SHOP,
      replicas: [database.url, cable.url],
      health: { timeoutMs: 300 },
    });
    await withReplicas.initialize();
    closing.push(async () => {
      cable.mend();
      await withReplicas.destroy();
      await cable.close();
      await database.drop();
    });
    cable.cut();

    const health = await checkHealth(withReplicas);

    expect(health).toMatchObject({
      status: 'degraded',
      reasons: ['replica-down'],
      replicas: [
        { name: 'replica 1', status: 'up', lagBytes: null },
        { name: 'replica 2', status: 'down', lagBytes: null },
      ],
    });
    expect(Object.keys(health.pools ?? {})).toEqual([
      'application',
      'system',
      'replica 1',
      'replica 2',
    ]);
    expect(JSON.stringify(health)).not.toMatch(/127\.0\.0\.1|postgres|rg_/);
  });

  it('is down before the data source is open, and after it was closed', async () => {
    const { source } = await shop();
    const closed = createDataSource({ url: 'postgresql://a@b/c' });
    const before = await checkHealth(closed);
    await source.destroy();
    const after = await checkHealth(source);

    expect(before).toMatchObject({ status: 'down', reasons: ['not-open'] });
    expect(after).toEqual(before);
    await source.initialize();
  });

  it.each([undefined, null, {}, { health: true }])('refuses %p as a data source', async (given) => {
    await expect(checkHealth(given as never)).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
    expect(() => new DatabaseHealthIndicator(given as never)).toThrow(/data source of Rowguard/);
  });
});
