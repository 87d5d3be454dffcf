import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, createDataSource, isConnectionError } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { type MatrixReport, faultsIn } from '../../support/isolation/matrix.js';
import { runMatrix } from '../../support/isolation/matrix-shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { as } from '../../support/shop-source.js';
import { ACME, GLOBEX, SHOP } from '../../support/shop.js';
import { WebSocketProxy } from '../../support/web-socket-proxy.js';
import { WireProxy } from '../../support/wire-proxy.js';

const OPERATIONS = 2_000;
const STATEMENTS = 200;
const CUTS = 20;
const AT_ONCE = 12;
const HANGS_AFTER_MS = 5_000;

describe('over a WebSocket', () => {
  let database: ScratchDatabase;
  let wire: WireProxy;
  let proxy: WebSocketProxy;
  let source: RowguardDataSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    wire = await WireProxy.start(database.url);
    proxy = await WebSocketProxy.start();
    source = createDataSource({
      url: wire.url,
      strategy: 'serverless',
      serverless: { proxy: proxy.url },
      entities: SHOP,
    });
    await source.initialize();
  });
  afterAll(async () => {
    await source.destroy();
    await proxy.close();
    await wire.close();
    await database.drop();
  });

  it('generated operations never cross a tenant', async () => {
    const report: MatrixReport = await runMatrix(OPERATIONS, {
      strategy: 'serverless',
      serverless: { proxy: proxy.url },
    });
    const faults = faultsIn(report);
    recordBar({
      bar: `faults in ${OPERATIONS} operations over a WebSocket`,
      measured: faults.length,
      target: '0',
      passed: faults.length === 0,
    });

    expect(faults).toEqual([]);
  });

  it('a statement is one round trip and one message', async () => {
    const read = () =>
      as(ACME, () => source.query('select * from customers where note = $1', ['x']));
    await read();
    const frames = proxy.frames;
    const { roundTrips } = await wire.during(async () => {
      for (let time = 0; time < STATEMENTS; time++) await read();
    });
    const [trips, messages] = [roundTrips / STATEMENTS, (proxy.frames - frames) / STATEMENTS];
    recordBar({
      bar: 'round trips and messages of a statement over a WebSocket',
      measured: `${trips} and ${messages}`,
      target: '1 and 1',
      passed: trips === 1 && messages === 1,
    });

    expect([trips, messages]).toEqual([1, 1]);
  });

  it('nothing hangs when it is cut, and the next statement works', async () => {
    let hanging = 0;
    let strange = 0;
    for (let cut = 0; cut < CUTS; cut++) {
      const outcomes = Array.from({ length: AT_ONCE }, (_, at) =>
        outcome(as(at % 2 === 0 ? ACME : GLOBEX, () => source.query('select pg_sleep(0.05)'))),
      );
      await pause(cut * 4);
      if (cut % 2 === 0) proxy.cut();
      else proxy.closeAll(1012);
      for (const one of await Promise.all(outcomes)) {
        if (one === 'hangs') hanging++;
        else if (one !== 'answered' && !isConnectionError(one)) strange++;
      }
      const after = await outcome(as(ACME, () => source.query('select 1')));
      if (after !== 'answered' && !isConnectionError(after)) strange++;
    }
    recordBar({
      bar: `statements that hang or fail strangely in ${CUTS} cuts`,
      measured: `${hanging} and ${strange}`,
      target: '0 and 0',
      passed: hanging + strange === 0,
    });

    expect([hanging, strange]).toEqual([0, 0]);
    expect(await as(ACME, () => source.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });
});

function outcome(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    work.then(
      () => 'answered',
      (error: unknown) => error,
    ),
    pause(HANGS_AFTER_MS, 'hangs', { ref: false }),
  ]);
}
