import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { recordBar } from '../../support/bars.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { fillDepot, openDepot } from '../../support/soft-delete/depot.js';

const DEPOTS = 100_000;
const ROWS = 10 * DEPOTS;
const KILLED_AFTER = [100_000, 300_000, 500_000];
const LONGEST_LOCK_MS = 100;
const MOST_HEAP_MB = 128;
const CHILD = resolve('test/support/soft-delete/purge-process.js');
const BUILD_MS = 600_000;

interface Line {
  readonly entity?: string;
  readonly purged?: number;
  readonly heldMs?: number;
  readonly heap?: number;
  readonly report?: { readonly purged: number; readonly finished: boolean };
}

/** What has to be there afterwards, said without anything of the purge. */
const STAYS = [
  'CREATE SCHEMA proof',
  `CREATE TABLE proof.scans AS SELECT tenant_id, id, parcel_id FROM scans WHERE deleted_at IS NULL
    OR deleted_at > now() - interval '30 days' OR id::text IN (SELECT row_id FROM retention_holds)`,
  `CREATE TABLE proof.parcels AS SELECT tenant_id, id, depot_id FROM parcels WHERE id IN (SELECT parcel_id FROM proof.scans)`,
  `CREATE TABLE proof.depots AS SELECT tenant_id, id FROM depots WHERE id IN (SELECT depot_id FROM proof.parcels)`,
];

const DIFFERENCES = ['scans', 'parcels', 'depots']
  .map(
    (table) =>
      `SELECT '${table}' AS table, (SELECT count(*)::int FROM proof.${table} p WHERE NOT EXISTS (SELECT FROM ${table} t WHERE t.id = p.id)) AS lost,
       (SELECT count(*)::int FROM ${table} t WHERE t.text NOT LIKE 'written%' AND NOT EXISTS (SELECT FROM proof.${table} p WHERE p.id = t.id)) AS left`,
  )
  .join(' UNION ALL ');

const ORPHANS = `SELECT (SELECT count(*)::int FROM scans s LEFT JOIN parcels p ON (p.tenant_id, p.id) = (s.tenant_id, s.parcel_id) WHERE p.id IS NULL)
  + (SELECT count(*)::int FROM parcels p LEFT JOIN depots d ON (d.tenant_id, d.id) = (p.tenant_id, p.depot_id) WHERE d.id IS NULL) AS orphans`;

/** Somebody at work on the same tables meanwhile: who waits longer for a lock gets an error. */
const WRITES = [
  `INSERT INTO depots (tenant_id, text) VALUES ('0190a000-0000-7000-8000-00000000000a', 'written')`,
  `INSERT INTO parcels (tenant_id, depot_id, text) SELECT tenant_id, id, 'written' FROM depots WHERE text = 'written' LIMIT 1`,
  `INSERT INTO scans (tenant_id, parcel_id, text) SELECT tenant_id, id, 'written' FROM parcels WHERE text = 'written' LIMIT 1`,
  `UPDATE scans SET version = version + 1 WHERE id = (SELECT id FROM proof.scans ORDER BY random() LIMIT 1)`,
  // Rows that are going: whoever touches one waits until its batch is over.
  `UPDATE scans SET version = version + 1 WHERE ctid IN (SELECT ctid FROM scans WHERE deleted_at < now() - interval '30 days' ORDER BY deleted_at LIMIT 3)`,
];

describe('a purge of a million rows', () => {
  let database: ScratchDatabase;
  const seen = { lines: 0, heldMs: 0, heap: 0, batch: 0 };
  const writer = { writes: 0, refused: 0, worstMs: 0, isDone: false };

  beforeAll(async () => {
    spawnSync(process.execPath, ['scripts/build.js'], { stdio: 'inherit' });
    database = await ScratchDatabase.create();
    const source = openDepot(database.url);
    await source.initialize();
    await source.destroy();
    await database.asOwner(async (client) => {
      await fillDepot(client, DEPOTS);
      for (const statement of STAYS) await client.query(statement);
    });
  }, BUILD_MS);
  afterAll(() => database.drop());

  const start = (): ChildProcess =>
    spawn(process.execPath, [CHILD], {
      env: { PATH: process.env['PATH'], DATABASE_URL: database.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  /** Until its end, or until so many rows are gone: then it is killed where it stands. */
  async function purge(child: ChildProcess, killedAfter = Infinity): Promise<Line['report']> {
    let report: Line['report'];
    let gone = 0;
    // A run may come back to an entity that it went on from.
    const soFar = new Map<string, number>();
    for await (const text of createInterface({ input: child.stdout as never })) {
      const line = JSON.parse(text) as Line;
      report = line.report ?? report;
      if (line.purged === undefined) continue;
      const batch = line.purged - (soFar.get(line.entity ?? '') ?? 0);
      soFar.set(line.entity ?? '', line.purged);
      gone += batch;
      seen.lines++;
      seen.batch = Math.max(seen.batch, batch);
      seen.heldMs = Math.max(seen.heldMs, line.heldMs ?? 0);
      seen.heap = Math.max(seen.heap, line.heap ?? 0);
      if (gone >= killedAfter) child.kill('SIGKILL');
    }
    return report;
  }

  async function writeMeanwhile(): Promise<void> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`SET lock_timeout = '${LONGEST_LOCK_MS}ms'`);
    while (!writer.isDone) {
      for (const statement of WRITES) {
        const began = performance.now();
        await client.query(statement).catch((error: { code?: string }) => {
          if (error.code !== '55P03') throw error;
          writer.refused++;
        });
        writer.worstMs = Math.max(writer.worstMs, performance.now() - began);
        writer.writes++;
      }
      await new Promise((next) => setTimeout(next, 10));
    }
    await client.end();
  }

  it('is killed three times, shared by two, and ends as one that ran alone would', async () => {
    const writing = writeMeanwhile();
    const began = performance.now();
    for (const rows of KILLED_AFTER) {
      const left = rows - (ROWS - (await deadRows(database)));
      expect(await purge(start(), Math.max(left, 10_000))).toBeUndefined();
    }
    const reports = await Promise.all([purge(start()), purge(start())]);
    const seconds = (performance.now() - began) / 1_000;
    // One more finds what one of the two had locked when the other came by.
    const last = await purge(start());
    writer.isDone = true;
    await writing;

    const { differences, orphans } = await database.asOwner(async (client) => ({
      differences: (await client.query<{ lost: number; left: number }>(DIFFERENCES)).rows,
      orphans: (await client.query<{ orphans: number }>(ORPHANS)).rows[0]?.orphans,
    }));
    const lost = differences.reduce((sum, one) => sum + one.lost, 0);
    const left = differences.reduce((sum, one) => sum + one.left, 0);
    record('rows that should have stayed, and went', lost, '0', lost === 0);
    record('rows that should have gone, and stayed', left, '0', left === 0);
    record('rows whose owner is gone', orphans ?? -1, '0', orphans === 0);
    record('purges that shared the rest', sharers(reports), '2', sharers(reports) === 2);
    record('most rows of one batch', seen.batch, '<= 1000', seen.batch <= 1_000);
    record(
      'seconds for a million rows, with three kills',
      Math.round(seconds),
      '<= 900',
      seconds <= 900,
    );
    record('writes meanwhile', writer.writes, '>= 1000', writer.writes >= 1_000);
    record('writes that waited for a lock over 100 ms', writer.refused, '0', writer.refused === 0);
    record('longest write meanwhile (ms)', Math.round(writer.worstMs), 'told', true);
    record('longest batch (ms)', Math.round(seen.heldMs), 'told', true);
    const heap = Math.round(seen.heap / 1_048_576);
    record('largest heap of the purge (MB)', heap, `<= ${MOST_HEAP_MB}`, heap <= MOST_HEAP_MB);

    expect({ lost, left, orphans, refused: writer.refused }).toEqual({
      lost: 0,
      left: 0,
      orphans: 0,
      refused: 0,
    });
    expect(last?.finished).toBe(true);
    expect(seen.batch).toBeLessThanOrEqual(1_000);
    expect(writer.writes).toBeGreaterThanOrEqual(1_000);
    expect(sharers(reports)).toBe(2);
    expect(heap).toBeLessThanOrEqual(MOST_HEAP_MB);
  });
});

function sharers(reports: readonly (Line['report'] | undefined)[]): number {
  return reports.filter((one) => one?.finished && one.purged > 0).length;
}

async function deadRows(database: ScratchDatabase): Promise<number> {
  const [row] = await database.asOwner(
    async (client) =>
      (
        await client.query<{ rows: number }>(
          `SELECT ((SELECT count(*) FROM scans WHERE text = 'a scan') + (SELECT count(*) FROM parcels WHERE text = 'a parcel') + (SELECT count(*) FROM depots WHERE text = 'a depot'))::int AS rows`,
        )
      ).rows,
  );
  return row?.rows ?? 0;
}

function record(bar: string, measured: number, target: string, passed: boolean): void {
  recordBar({ bar: `B21: ${bar}`, measured, target, passed });
}
