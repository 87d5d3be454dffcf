import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DatabaseHealth, DatabaseHealthIndicator, createDataSource } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { CutCable } from '../../support/cut-cable.js';
import { FrozenServer } from '../../support/frozen-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

const TIMEOUT_MS = 1_000;
const SLACK_MS = 200;
const WAITERS = 50;
const LOOKS = 20;

/** Everything that was ever answered here, to be searched for what must not be in it. */
const replies: DatabaseHealth[] = [];
const mustNotBeTold: string[] = ['postgres', 'secret', '127.0.0.1', 'localhost', 'ECONN', 'select'];

async function asked(indicator: DatabaseHealthIndicator): Promise<{
  health: DatabaseHealth;
  ms: number;
}> {
  const begun = performance.now();
  const health = await indicator.check({ fresh: true });
  replies.push(health);
  return { health, ms: performance.now() - begun };
}

describe('the health of a database', () => {
  let database: ScratchDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    mustNotBeTold.push(database.name, new URL(database.url).port);
  });
  afterAll(() => database.drop());

  it('is told while every connection is taken', async () => {
    const source = createDataSource({ url: database.url, entities: SHOP, pool: { max: 10 } });
    await source.initialize();
    const indicator = new DatabaseHealthIndicator(source);
    const runners = Array.from({ length: 10 }, () => source.createQueryRunner());
    await as(ACME, () => Promise.all(runners.map((runner) => runner.connect())));
    const waiters = Array.from({ length: WAITERS }, () => as(ACME, () => source.query('select 1')));

    const looks = [];
    for (let look = 0; look < LOOKS; look++) looks.push(await asked(indicator));

    await Promise.all(runners.map((runner) => runner.release()));
    await Promise.all(waiters);
    await source.destroy();
    const slowest = Math.max(...looks.map(({ ms }) => ms));
    const waiting = new Set(looks.map(({ health }) => health.pools?.['application']?.waiting));
    const words = new Set(looks.map(({ health }) => health.status));
    recordBar({
      bar: `full pool with ${WAITERS} waiters: slowest of ${LOOKS} answers (ms)`,
      measured: Math.round(slowest),
      target: '< 1000',
      passed: slowest < 1_000,
    });
    recordBar({
      bar: 'full pool: what it says, and waiters that it added',
      measured: `${[...words].join()}, ${Math.max(...[...waiting].map((n) => (n ?? 0) - WAITERS))}`,
      target: 'degraded, 0',
      passed:
        words.size === 1 && words.has('degraded') && waiting.size === 1 && waiting.has(WAITERS),
    });
    expect([...words]).toEqual(['degraded']);
    expect([...waiting]).toEqual([WAITERS]);
    expect(slowest).toBeLessThan(1_000);
  });

  it('is down in time while the server is stopped in the middle of everything', async () => {
    const server = await FrozenServer.start();
    mustNotBeTold.push(new URL(server.url).port);
    const source = createDataSource({ url: server.url, entities: SHOP });
    await source.initialize();
    const indicator = new DatabaseHealthIndicator(source);
    expect((await asked(indicator)).health.status).toBe('up');
    server.freeze();

    const looks = [];
    const alive = [];
    for (let look = 0; look < 5; look++) {
      looks.push(await asked(indicator));
      alive.push((await indicator.liveness())['database']?.status);
    }
    server.thaw();
    const thawedAt = performance.now();
    while ((await asked(indicator)).health.status === 'down') {
      if (performance.now() - thawedAt > 10_000) throw new Error('It does not recover');
    }
    const recovered = performance.now() - thawedAt;
    await source.destroy();
    await server.stop();
    judgeCut('server stopped (SIGSTOP)', looks, alive);
    recordBar({
      bar: 'server goes on: until health says so (ms)',
      measured: Math.round(recovered),
      target: `< ${TIMEOUT_MS + SLACK_MS}`,
      passed: recovered < TIMEOUT_MS + SLACK_MS,
    });
    expect(recovered).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  });

  it('is down in time while the network swallows everything', async () => {
    const cable = await CutCable.lay(database.url);
    mustNotBeTold.push(new URL(cable.url).port);
    const source = createDataSource({ url: cable.url, entities: SHOP });
    await source.initialize();
    const indicator = new DatabaseHealthIndicator(source);
    expect((await asked(indicator)).health.status).toBe('up');
    cable.cut();

    const looks = [];
    const alive = [];
    for (let look = 0; look < 5; look++) {
      looks.push(await asked(indicator));
      alive.push((await indicator.liveness())['database']?.status);
    }
    cable.mend();
    await source.destroy();
    await cable.close();
    judgeCut('network cut', looks, alive);
  });

  it('is told without saying of whom', async () => {
    const login = await database.createLogin();
    const source = createDataSource({ url: login.url, adminUrl: database.url, entities: SHOP });
    await source.initialize();
    mustNotBeTold.push(login.name, 'customers', 'policy');
    const indicator = new DatabaseHealthIndicator(source);
    await asked(indicator);
    await database.asOwner((client) =>
      client.query('alter table customers no force row level security'),
    );
    expect((await asked(indicator)).health.reasons).toContain('not-isolated');
    await database.asOwner((client) => client.query(`alter role ${login.name} password 'other'`));
    await database.asOwner((client) =>
      client.query(
        'select pg_terminate_backend(pid, 3000) from pg_stat_activity where usename = $1',
        [login.name],
      ),
    );
    expect((await asked(indicator)).health.reasons).toContain('no-answer');
    await source.destroy();

    const text = JSON.stringify(replies);
    const told = mustNotBeTold.filter((one) => text.includes(one));
    recordBar({
      bar: `hosts, ports, users, databases, tables in ${replies.length} replies`,
      measured: told.length,
      target: '0',
      passed: told.length === 0,
    });
    expect(told).toEqual([]);
  });
});

function judgeCut(
  what: string,
  looks: readonly { readonly health: DatabaseHealth; readonly ms: number }[],
  alive: readonly (string | undefined)[],
): void {
  const slowest = Math.max(...looks.map(({ ms }) => ms));
  const isDown = looks.every(({ health }) => health.status === 'down');
  const isAlive = alive.every((status) => status === 'up');
  recordBar({
    bar: `${what}: slowest of ${looks.length} answers that it is down (ms)`,
    measured: isDown ? Math.round(slowest) : 'not down',
    target: `<= ${TIMEOUT_MS + SLACK_MS}`,
    passed: isDown && slowest <= TIMEOUT_MS + SLACK_MS,
  });
  recordBar({
    bar: `${what}: liveness`,
    measured: isAlive ? 'up' : 'down',
    target: 'up',
    passed: isAlive,
  });
  expect({ isDown, isAlive }).toEqual({ isDown: true, isAlive: true });
  expect(slowest).toBeLessThanOrEqual(TIMEOUT_MS + SLACK_MS);
}
