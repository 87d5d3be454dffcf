import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, createDataSource } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { ServerPair } from '../../support/faults/server-pair.js';
import { SteadyLoad } from '../../support/faults/steady-load.js';
import { as } from '../../support/shop-source.js';
import { ACME, SHOP } from '../../support/shop.js';

const CLIENTS = 64;
const CALM_MS = 1_500;
const LONGEST_RECOVERY_MS = 5_000;

/** What was acknowledged is on both servers, as synchronous_standby_names has it. */
describe('64 clients, and a primary whose standby is promoted', () => {
  let pair: ServerPair;
  let source: RowguardDataSource;

  beforeEach(async () => {
    Logger.overrideLogger(false);
    pair = await ServerPair.start();
    source = createDataSource({
      url: pair.url,
      entities: SHOP,
      pool: { max: 16, acquireTimeoutMs: 10_000 },
      health: { cacheMs: 0 },
    });
    await source.initialize();
  }, 60_000);
  afterEach(async () => {
    await source.destroy();
    await pair.stop();
  });

  it('is killed, and comes back as one that takes no writes', async () => {
    const load = new SteadyLoad(source, CLIENTS);
    await pause(CALM_MS);
    await pair.killPrimary();
    await pause(500);
    const meanwhile = (await source.health.report({ fresh: true })).status;
    await pair.promote();
    const recovery = await load.allServed();
    await pair.bringBack('standby');
    await pause(CALM_MS);
    judge('primary killed, standby promoted', await load.end(pair.promotedUrl), recovery);
    const healthy = await source.health.report({ fresh: true });
    recordBar({
      bar: 'failover: health meanwhile and after it',
      measured: `${meanwhile}, ${healthy.status}`,
      target: 'down, up',
      passed: meanwhile === 'down' && healthy.status === 'up',
    });
    const [row] = await as(ACME, () =>
      source.query<{ port: number }[]>('select inet_server_port() as port'),
    );
    expect(row?.port).toBe(pair.promotedPort);
  });

  it('stops without a word', async () => {
    const load = new SteadyLoad(source, CLIENTS);
    await pause(CALM_MS);
    pair.freezePrimary();
    await pair.promote();
    const recovery = await load.allServed();
    await pause(CALM_MS);
    const report = await load.end(pair.promotedUrl);
    pair.thawPrimary();
    judge('primary frozen, standby promoted', report, recovery);
    expect(report.acknowledged).toBeGreaterThan(0);
  });
});

function judge(
  what: string,
  report: Awaited<ReturnType<SteadyLoad['end']>>,
  recoveryMs: number,
): void {
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
  recordBar({
    bar: `${name}: every client served again, since the promotion (ms)`,
    measured: Math.round(recoveryMs),
    target: `<= ${LONGEST_RECOVERY_MS}`,
    passed: recoveryMs <= LONGEST_RECOVERY_MS,
  });
}
