import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, createDataSource } from 'nestjs-rowguard';
import { SteadyLoad } from '../../support/faults/steady-load.js';
import type { PostgresServer } from '../../support/postgres-server.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { SHOP } from '../../support/shop.js';
import { startPrimary } from '../../support/standby-server.js';

const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

/** Which one depends on what was under way. */
const OF_A_LOSS = new Set(['ROWGUARD_CONNECTION_LOST', 'ROWGUARD_OUTCOME_UNKNOWN']);

/** The small one; `npm run prove health` runs the great one. */
describe('a server that is restarted under load', () => {
  let server: PostgresServer;
  let database: ScratchDatabase;
  let source: RowguardDataSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startPrimary(DURABLE);
    database = await ScratchDatabase.create(server.url);
    source = createDataSource({
      url: database.url,
      entities: SHOP,
      pool: { max: 4, acquireTimeoutMs: 5_000 },
    });
    await source.initialize();
  }, 60_000);
  afterAll(async () => {
    await source.destroy();
    await server.stop();
  });

  it.each(['SIGINT', 'SIGQUIT'] as const)(
    'loses nothing that was acknowledged, and is there again by itself (%s)',
    async (signal) => {
      const load = new SteadyLoad(source, 12);
      await pause(300);
      await server.halt(signal);
      await pause(200);
      await server.resume();
      expect(await load.allServed()).toBeLessThan(5_000);
      const report = await load.end(database.url);
      expect(report).toMatchObject({
        untyped: [],
        wrongTenantRows: 0,
        lostWrites: 0,
        ghostWrites: 0,
        hangs: 0,
      });
      expect(report.acknowledged).toBeGreaterThan(20);
      expect(Object.keys(report.errors).filter((code) => OF_A_LOSS.has(code))).not.toEqual([]);
    },
  );
});
