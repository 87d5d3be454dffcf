import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { ReadMetrics } from '../../support/read-metrics.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, Customer, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

const DURATION = 'db.client.operation.duration';
const POOL = 'db.client.connection.pool.name';
const LEVELS = ['count', 'idle.max', 'idle.min', 'max', 'pending_requests'];
const NINE = [...LEVELS, 'timeouts', 'create_time', 'wait_time', 'use_time'].map(
  (one) => `db.client.connection.${one}`,
);

let database: ScratchDatabase;
let metrics: ReadMetrics;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  database = await ScratchDatabase.create();
  metrics = new ReadMetrics();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  await metrics.close();
  await database.drop();
});

async function open(options: DatabaseModuleOptions = {}): Promise<RowguardDataSource> {
  const { meterProvider } = metrics;
  const source = createDataSource({
    url: database.url,
    entities: SHOP,
    metrics: { meterProvider },
    ...options,
  });
  await source.initialize();
  closing.push(async () => {
    if (source.isInitialized) await source.destroy();
  });
  return source;
}

describe('the duration of operations', () => {
  it('is counted once for each statement, by what it does and to which table', async () => {
    const source = await open();
    const customers = new TenantRepository(Customer, source);
    const before = await metrics.count(DURATION);

    await as(ACME, async () => {
      for (let at = 0; at < 7; at++) await customers.insert({ email: `${at}@acme` });
      for (let at = 0; at < 5; at++) await customers.find();
      await source.transaction(() => customers.delete({ email: '0@acme' }));
    });

    await expect(metrics.count(DURATION)).resolves.toBe(before + 7 + 5 + 3);
    const of = (operation: string, table?: string) =>
      metrics.count(DURATION, { 'db.operation.name': operation, 'db.collection.name': table });
    await expect(of('INSERT', 'customers')).resolves.toBe(7);
    await expect(of('SELECT', 'customers')).resolves.toBe(5);
    await expect(of('COMMIT')).resolves.toBe(1);
  });

  it('tells failures by their code, and neither texts, values nor tenants', async () => {
    const source = await open();
    await as(ACME, async () => {
      await expect(source.query("select 'secret'::int")).rejects.toThrow();
      await source.query(`select '${ACME}'`);
    });

    const points = (await metrics.read()).get(DURATION) ?? [];
    const failed = points.filter(({ attributes }) => 'error.type' in attributes);
    expect(failed).toMatchObject([
      {
        value: 1,
        attributes: {
          'db.system.name': 'postgresql',
          'db.namespace': database.name,
          'db.operation.name': 'SELECT',
          'error.type': '22P02',
          'db.response.status_code': '22P02',
        },
      },
    ]);
    expect(points[0]?.boundaries).toEqual([0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10]);
    expect(JSON.stringify(points)).not.toMatch(/secret|select|0190a000/);
  });

  it('is counted once for a stream, when it has ended', async () => {
    const source = await open();
    const before = await metrics.count(DURATION);
    await as(ACME, async () => {
      const runner = source.createQueryRunner();
      const stream = await runner.stream('select generate_series(1, 500)');
      for await (const row of stream) expect(row).toBeDefined();
      await runner.release();
    });

    await expect(metrics.count(DURATION)).resolves.toBe(before + 1);
  });
});

describe('the metrics of pools', () => {
  it('are the nine of the conventions, for each pool of the data source', async () => {
    const source = await open({ name: 'main', replicas: [database.url], pool: { max: 3, min: 1 } });
    await as(ACME, () => source.query('select 1'));

    const read = await metrics.read();
    const names = [...read.keys()].filter((name) => name !== DURATION);
    expect(names.toSorted()).toEqual(NINE.toSorted());
    // Nobody has waited in vain so far, which has to be said: from nothing to 1 is no increase.
    const vain = read
      .get('db.client.connection.timeouts')
      ?.map((one) => [one.attributes[POOL], one.value]);
    expect(vain?.toSorted()).toEqual([
      ['main', 0],
      ['main/replica 1', 0],
      ['main/system', 0],
    ]);
    const max = read
      .get('db.client.connection.max')
      ?.map((one) => [one.attributes[POOL], one.value]);
    expect(max).toEqual([
      ['main', 3],
      ['main/system', 4],
      ['main/replica 1', 3],
    ]);
  });

  it('are exact in each of three pools, and add up', async () => {
    const source = await open({ replicas: [database.url], pool: { max: 2 } });
    const of = (what: string, pool: string) =>
      metrics.count(`db.client.connection.${what}`, { [POOL]: pool });
    const all = async (pool: string) => ({
      waits: await of('wait_time', pool),
      uses: await of('use_time', pool),
    });
    const before = [
      await all('default'),
      await all('default/system'),
      await all('default/replica 1'),
    ];

    for (let at = 0; at < 4; at++) await as(ACME, () => source.query('select 1'));
    for (let at = 0; at < 3; at++) {
      await TenantContext.runAsSystem('a test', () => source.query('select 1'));
    }
    for (let at = 0; at < 2; at++) {
      await as(ACME, async () => {
        // The server that is its own primary takes no reads; what is counted is the pool.
        const [pool] = source.replicas?.pools ?? [];
        (await pool?.connect())?.release();
      });
    }

    const after = [
      await all('default'),
      await all('default/system'),
      await all('default/replica 1'),
    ];
    expect(
      after.map(({ waits, uses }, at) => [
        waits - (before[at]?.waits ?? 0),
        uses - (before[at]?.uses ?? 0),
      ]),
    ).toEqual([
      [4, 4],
      [3, 3],
      [2, 2],
    ]);
  });

  it('tell who is at work, who waits, and who waited in vain', async () => {
    const source = await open({ pool: { max: 2, acquireTimeoutMs: 300 } });
    const runners = [source.createQueryRunner(), source.createQueryRunner()];
    await as(ACME, () => Promise.all(runners.map((runner) => runner.connect())));
    const waiters = Array.from({ length: 5 }, () => as(ACME, () => source.query('select 1')));
    const ended = Promise.allSettled(waiters);
    const of = (what: string, attributes: object = {}) =>
      metrics.count(`db.client.connection.${what}`, { [POOL]: 'default', ...attributes });

    const busy = [
      await of('count', { 'db.client.connection.state': 'used' }),
      await of('count', { 'db.client.connection.state': 'idle' }),
      await of('pending_requests'),
    ];
    await ended;
    await Promise.all(runners.map((runner) => runner.release()));

    expect(busy).toEqual([2, 0, 5]);
    await expect(of('timeouts')).resolves.toBe(5);
    await expect(of('pending_requests')).resolves.toBe(0);
    await expect(of('count', { 'db.client.connection.state': 'idle' })).resolves.toBe(2);
    await expect(of('create_time')).resolves.toBe(2);
  });

  it('of two data sources stand beside each other, and go with the data source', async () => {
    const one = await open({ pool: { max: 2 } });
    const other = await open({ pool: { max: 7 } });
    await as(ACME, () => one.query('select 1'));
    const max = async () =>
      ((await metrics.read()).get('db.client.connection.max') ?? []).map((point) => [
        point.attributes[POOL],
        point.value,
      ]);

    await expect(max()).resolves.toEqual([
      ['default', 2],
      ['default/system', 4],
      ['default#2', 7],
      ['default#2/system', 4],
    ]);
    await other.destroy();
    await expect(max()).resolves.toEqual([
      ['default', 2],
      ['default/system', 4],
      ['default#2', 0],
      ['default#2/system', 0],
    ]);
    await one.destroy();
    await expect(metrics.count('db.client.connection.count')).resolves.toBe(0);
    await expect(metrics.count('db.client.connection.max')).resolves.toBe(0);

    await open({ pool: { max: 5 } });
    await expect(max()).resolves.toEqual([
      ['default', 5],
      ['default/system', 4],
      ['default#2', 0],
      ['default#2/system', 0],
    ]);
  });

  it('are not loaded where nobody asked for them', async () => {
    const source = await open({ metrics: false });

    expect(source.plan.watch).toBeUndefined();
    expect(source.plan.noticesTakers).toBe(false);
  });
});
