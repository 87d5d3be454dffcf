import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, createDataSource } from 'nestjs-rowguard';
import { Balancer } from '../../support/balancer.js';
import { recordBar } from '../../support/bars.js';
import { type LoadReport, SteadyLoad } from '../../support/faults/steady-load.js';
import type { PostgresServer } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';
import { startPrimary } from '../../support/standby-server.js';

const CLIENTS = 64;
const CALM_MS = 2_000;
const AWAY_MS = 1_000;
const LONGEST_RECOVERY_MS = 5_000;
const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

describe('64 clients', () => {
  let server: PostgresServer;
  let database: ScratchDatabase;
  let balancer: Balancer;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startPrimary(DURABLE);
    database = await ScratchDatabase.create(server.url);
    balancer = await Balancer.start(() => server.port);
  }, 60_000);
  afterAll(async () => {
    await balancer.stop();
    await server.stop();
  });

  const open = (max: number): Promise<RowguardDataSource> =>
    createDataSource({
      url: balancer.through(database.url),
      entities: SHOP,
      pool: { max, acquireTimeoutMs: 10_000 },
    }).initialize();

  const under = async (
    what: string,
    max: number,
    fault: (() => Promise<void>) | undefined,
  ): Promise<LoadReport> => {
    const source = await open(max);
    const load = new SteadyLoad(source, CLIENTS);
    await pause(CALM_MS);
    await fault?.();
    const recovery = Math.round(await load.allServed());
    await pause(CALM_MS);
    const report = await load.end(database.url);
    await source.destroy();
    judge(what, report, fault ? recovery : undefined);
    return report;
  };

  it('on a pool of 4: all are served, and no write is lost', async () => {
    const report = await under('pool full', 4, undefined);
    expect(report.acknowledged).toBeGreaterThan(0);
  });

  it('while the database is cut off', async () => {
    const report = await under('database cut', 16, async () => {
      for (let time = 0; time < 3; time++) {
        balancer.cut();
        await pause(200);
      }
    });
    expect(Object.keys(report.errors).length).toBeGreaterThan(0);
  });

  it.each([
    ['SIGINT', 'server restarted'],
    ['SIGQUIT', 'server crashed'],
  ] as const)('while the server goes away (%s)', async (signal, what) => {
    const report = await under(what, 16, async () => {
      await server.halt(signal);
      await pause(AWAY_MS);
      await server.resume();
    });
    expect(Object.keys(report.errors).length).toBeGreaterThan(0);
  });
});

function judge(what: string, report: LoadReport, recovery: number | undefined): void {
  const { acknowledged, reads, errors, untyped, slowestMs } = report;
  const name = `64 clients, ${what}`;
  process.stdout.write(
    `${name}: ${acknowledged} writes and ${reads} reads answered, errors ${JSON.stringify(errors)}, slowest ${slowestMs} ms\n`,
  );
  const zeros = {
    'wrong-tenant rows': report.wrongTenantRows,
    'acknowledged writes lost': report.lostWrites,
    'writes kept that were called undone': report.ghostWrites,
    hangs: report.hangs,
    'errors without a type': untyped.length,
  };
  for (const [of, measured] of Object.entries(zeros)) {
    recordBar({ bar: `${name}: ${of}`, measured, target: '0', passed: measured === 0 });
  }
  if (recovery === undefined) return;
  recordBar({
    bar: `${name}: every client served again (ms)`,
    measured: recovery,
    target: `<= ${LONGEST_RECOVERY_MS}`,
    passed: recovery <= LONGEST_RECOVERY_MS,
  });
}
