import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { ReadMetrics } from '../../support/read-metrics.js';
import { ReplicatedShop } from '../../support/replicated-shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, SHOP } from '../../support/shop.js';
import { as } from '../../support/shop-source.js';

const POOL = 'db.client.connection.pool.name';
const MOST_MICROS = 5;
const MOST_PERCENT = 2;

describe('metrics', () => {
  let database: ScratchDatabase;
  let metrics: ReadMetrics;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    metrics = new ReadMetrics();
  });
  afterAll(async () => {
    await metrics.close();
    await database.drop();
  });

  async function open(options: DatabaseModuleOptions): Promise<RowguardDataSource> {
    const source = createDataSource({ url: database.url, entities: SHOP, ...options });
    await source.initialize();
    return source;
  }

  it('are exact with three pools and two data sources, under load', async () => {
    const { meterProvider } = metrics;
    const replicated = await ReplicatedShop.open(1, {
      name: 'one',
      metrics: { meterProvider },
      pool: { max: 3 },
    });
    const one = replicated.source;
    const other = await open({ name: 'other', metrics: { meterProvider }, pool: { max: 2 } });
    const done = { one: 400, 'one/system': 90, 'one/replica 1': 150, other: 250 };
    const before = await uses();
    const statements = await metrics.count('db.client.operation.duration');

    await Promise.all([
      ...times(done.one, () => as(ACME, () => one.query('select 1'))),
      ...times(done['one/system'], () =>
        TenantContext.runAsSystem('a proof', () => one.query('select 1')),
      ),
      ...times(done['one/replica 1'], () => as(ACME, () => onReplica(one))),
      ...times(done.other, () => as(ACME, () => other.query('select 1'))),
    ]);

    const after = await uses();
    const counted = Object.fromEntries(
      Object.keys(done).map((pool) => [pool, (after.get(pool) ?? 0) - (before.get(pool) ?? 0)]),
    );
    const all = Object.values(done).reduce((sum, count) => sum + count, 0);
    const sent = (await metrics.count('db.client.operation.duration')) - statements;
    const used = await metrics.count('db.client.connection.count', {
      'db.client.connection.state': 'used',
    });
    const waiting = await metrics.count('db.client.connection.pending_requests');
    await replicated.close();
    await other.destroy();
    recordBar({
      bar: 'uses counted in pools one, one/system, one/replica 1, other',
      measured: Object.values(counted).join(' '),
      target: Object.values(done).join(' '),
      passed: JSON.stringify(counted) === JSON.stringify(done),
    });
    recordBar({
      bar: 'statements counted; connections used and callers waiting afterwards',
      measured: `${sent}; ${used} ${waiting}`,
      target: `${all}; 0 0`,
      passed: sent === all && used === 0 && waiting === 0,
    });
    expect({ ...counted, sent, used, waiting }).toEqual({
      ...done,
      sent: all,
      used: 0,
      waiting: 0,
    });
  });

  it('are exact where takes fail, statements are refused and connections are lost', async () => {
    const { meterProvider } = metrics;
    const pool = { max: 4, acquireTimeoutMs: 250 };
    const source = await open({ name: 'third', metrics: { meterProvider }, pool });
    const of = (what: string, more: object = {}) =>
      metrics.count(`db.client.connection.${what}`, { [POOL]: 'third', ...more });
    const failed = (type: string) =>
      metrics.count('db.client.operation.duration', { 'error.type': type });
    const done = { vain: 60, refused: 45, lost: 4 };
    const runners = times(pool.max, () => Promise.resolve(source.createQueryRunner()));
    const held = await Promise.all(runners);
    await as(ACME, () => Promise.all(held.map((runner) => runner.connect())));

    await Promise.allSettled(times(done.vain, () => as(ACME, () => source.query('select 1'))));
    await Promise.all(held.map((runner) => runner.release()));
    await Promise.allSettled(times(done.refused, () => as(ACME, () => source.query('select 1/0'))));
    const losing = times(done.lost, () => as(ACME, () => source.query('select pg_sleep(9)')));
    const lost = Promise.allSettled(losing);
    await database.asOwner(async (client) => {
      const sleeping = "query like '%pg_sleep(9)' and pid <> pg_backend_pid()";
      while (
        (await client.query(`select 1 from pg_stat_activity where ${sleeping}`)).rowCount !==
        done.lost
      );
      await client.query(
        `select pg_terminate_backend(pid, 3000) from pg_stat_activity where ${sleeping}`,
      );
    });
    await lost;

    const counted = {
      vain: await of('timeouts'),
      refused: await failed('22012'),
      lost: await failed('57P01'),
    };
    const taken = [await of('wait_time'), await of('use_time')];
    const levels = [
      await of('count', { 'db.client.connection.state': 'used' }),
      await of('pending_requests'),
    ];
    await source.destroy();
    const after = [await of('count'), await of('max')];
    recordBar({
      bar: 'takes in vain, statements refused, connections lost, as counted',
      measured: Object.values(counted).join(' '),
      target: Object.values(done).join(' '),
      passed: JSON.stringify(counted) === JSON.stringify(done),
    });
    recordBar({
      bar: 'takes and returns counted; used and waiting afterwards; open and most when closed',
      measured: [taken, levels, after].map((one) => one.join(' ')).join('; '),
      target: 'n n; 0 0; 0 0',
      passed: taken[0] === taken[1] && [...levels, ...after].every((level) => level === 0),
    });
    expect({ counted, levels, after }).toEqual({ counted: done, levels: [0, 0], after: [0, 0] });
    expect(taken[0]).toBe(taken[1]);
  });

  async function uses(): Promise<ReadonlyMap<unknown, number>> {
    const points = (await metrics.read()).get('db.client.connection.use_time') ?? [];
    return new Map(points.map(({ attributes, value }) => [attributes[POOL], value]));
  }

  it('cost next to nothing', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      resolve('test/support/metrics-overhead.js'),
      database.url,
    ]);
    const { micros, statement, record } = JSON.parse(stdout) as Record<
      'micros' | 'statement' | 'record',
      number
    >;

    const percent = (micros / statement) * 100;
    recordBar({
      bar: 'metrics: processor time of the process for each statement',
      measured: `${micros.toFixed(1)} µs, ${percent.toFixed(1)} % of ${statement.toFixed(0)} µs; the SDK itself takes ${record.toFixed(1)} µs of it`,
      target: `< ${MOST_MICROS} µs, or < ${MOST_PERCENT} %`,
      passed: micros < MOST_MICROS || percent < MOST_PERCENT,
    });
    expect(statement).toBeGreaterThan(0);
  });
});

function times<T>(count: number, work: () => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, work);
}

async function onReplica(source: RowguardDataSource): Promise<void> {
  const runner = source.createQueryRunner('slave');
  await runner.query('select 1');
  await runner.release();
}
