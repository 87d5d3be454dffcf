import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  DatabaseUnavailableError,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
  httpProblem,
} from 'nestjs-rowguard';
import { ServerPair } from '../../support/faults/server-pair.js';
import { SteadyLoad } from '../../support/faults/steady-load.js';
import { freePort } from '../../support/postgres-server.js';
import { errorOf } from '../../support/shop-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, SHOP } from '../../support/shop.js';

const FLAWLESS = { untyped: [], wrongTenantRows: 0, lostWrites: 0, ghostWrites: 0, hangs: 0 };

describe('an address that names several servers', () => {
  let pair: ServerPair;
  const opened: RowguardDataSource[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    pair = await ServerPair.start();
  }, 60_000);
  afterEach(async () => {
    for (const source of opened.splice(0)) if (source.isInitialized) await source.destroy();
  });
  afterAll(() => pair.stop());

  const open = async (options: DatabaseModuleOptions = {}): Promise<RowguardDataSource> => {
    const source = createDataSource({
      url: pair.url,
      entities: SHOP,
      pool: { max: 4, acquireTimeoutMs: 5_000 },
      health: { cacheMs: 0 },
      ...options,
    });
    opened.push(source);
    return source.initialize();
  };
  const PORT = 'select inet_server_port() as port';
  const portOf = async (source: RowguardDataSource): Promise<number> => {
    const [row] = await as(ACME, () => source.query<{ port: number }[]>(PORT));
    return row?.port ?? 0;
  };

  // In one order: what each step leaves of the servers is what the next begins with.
  it('leads to the one that takes writes before, during and after a failover, and loses nothing', async () => {
    await before();
    await during();
    await afterwards();
    await turnedAround();
  });

  const before = async () => {
    const { name } = await pair.database.createLogin();
    const source = await open({
      url: pair.url.replace('postgres:secret', `${name}:pw`),
      adminUrl: `${pair.url}?target_session_attrs=primary`,
    });
    expect(await portOf(source)).toBe(pair.primary.port);
    const system = await TenantContext.runAsSystem('looks', () => source.query(PORT));
    expect(system).toEqual([{ port: pair.primary.port }]);
    expect(await source.health.report({ fresh: true })).toMatchObject({ status: 'up' });

    // Another server would refuse the login as well: it is not asked, and the right one is named.
    const wrong = createDataSource({ url: pair.turnedUrl.replace(':secret@', ':hunter2@') });
    expect(await errorOf(() => wrong.initialize())).toMatchObject({
      code: 'ROWGUARD_DATABASE_UNAVAILABLE',
      given: { option: 'url', port: pair.primary.port, user: 'postgres' },
    });
  };

  const during = async () => {
    const source = await open();
    const load = new SteadyLoad(source, 12);
    await pause(300);
    await pair.killPrimary();
    expect(await source.health.report({ fresh: true })).toMatchObject({ status: 'down' });
    await pair.promote();
    expect(await load.allServed()).toBeLessThan(5_000);
    const report = await load.end(pair.promotedUrl);
    expect(report).toMatchObject(FLAWLESS);
    expect(report.acknowledged).toBeGreaterThan(20);
    expect(await source.health.report({ fresh: true })).toMatchObject({ status: 'up' });
  };

  /** The old primary comes back read-only, and is not taken. */
  const afterwards = async () => {
    const source = await open();
    await pair.bringBack('read-only');
    expect(await portOf(source)).toBe(pair.promotedPort);
    expect(await portOf(await open({ url: pair.turnedUrl }))).toBe(pair.promotedPort);

    const hosts = `127.0.0.1:${pair.primary.port},127.0.0.1:${await freePort()}`;
    const error = await errorOf(() => open({ url: pair.at(hosts) }));

    expect(error).toBeInstanceOf(DatabaseUnavailableError);
    expect(error).toMatchObject({
      given: { option: 'url', servers: 2, standbys: 1, silent: 1 },
      message: expect.stringContaining('None of the 2 servers that url names takes writes'),
    });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/127\.0|secret|postgres:/);
    expect(httpProblem(error as DatabaseUnavailableError)).toMatchObject({ status: 503 });
  };

  /** A connection that hears that its server takes no writes any more is thrown away. */
  const turnedAround = async () => {
    const source = await open();
    await Promise.all([1, 2, 3].map(() => portOf(source)));
    await pair.turnAround();
    // The first ones to be used hear of it with their answer.
    await errorOf(() =>
      as(ACME, () => source.query("insert into customers (email) values ('one')")),
    );
    await pause(300);
    const written = await Promise.allSettled(
      [1, 2, 3, 4, 5, 6].map((nth) =>
        as(ACME, () => source.query('insert into customers (email) values ($1)', [`${nth}`])),
      ),
    );
    expect(written.map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
    expect(await portOf(source)).toBe(pair.primary.port);
  };
});

describe('a primary that stops in the middle of everything', () => {
  let pair: ServerPair;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    pair = await ServerPair.start();
  }, 60_000);
  afterAll(async () => {
    pair.thawPrimary();
    await pair.stop();
  });

  it('keeps nobody waiting, once another one takes writes', async () => {
    const source = createDataSource({
      url: pair.url,
      entities: SHOP,
      pool: { max: 4, acquireTimeoutMs: 2_000 },
    });
    await source.initialize();
    const load = new SteadyLoad(source, 12);
    await pause(300);
    pair.freezePrimary();
    await pair.promote();
    expect(await load.allServed()).toBeLessThan(10_000);
    expect(await load.end(pair.promotedUrl)).toMatchObject(FLAWLESS);
    await source.destroy();
  });
});
