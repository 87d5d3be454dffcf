import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createDataSource } from 'nestjs-rowguard';
import pg from 'pg';
import { generationOfSource } from '../../../src/cli/migrations/generation-of-source.js';
import { planOfSource } from '../../../src/cli/migrations/plan-of-source.js';
import { tryMigrations } from '../../../src/cli/migrations/try-migrations.js';
import { filesOf } from '../../../src/cli/migrations/written-files.js';
import { ShadowDatabase } from '../../../src/migrator/shadow/shadow-database.js';
import { recordBar } from '../../support/bars.js';
import { LOCK_FACTS, TRACED_TABLES } from '../../support/migrations/lock-facts.js';
import { migrationOf } from '../../support/migrations/made-migration.js';
import { LIBRARY_AFTER, LIBRARY_BEFORE } from '../../support/migrations/library.js';
import { ProjectFolder } from '../../support/migrations/project-folder.js';
import { listenToMigrations } from '../../support/migrations/sent-by-migrations.js';
import { WAREHOUSE } from '../../support/migrations/warehouse.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const SERVER = process.env['ROWGUARD_TEST_URL'] ?? '';
const ACTIVITY = `select (pg_current_wal_insert_lsn() - '0/0')::text as wal,
  (select count(*)::int from pg_class) as relations,
  (select md5(string_agg(oid || ':' || relfilenode, ',' order by oid)) from pg_class) as files,
  (select tup_inserted + tup_updated + tup_deleted from pg_stat_database where datname = current_database())::int as rows,
  pg_snapshot_xmax(pg_current_snapshot())::text as transaction`;

describe('migrations before they run', () => {
  let database: ScratchDatabase;

  const sourceOf = (url = database.url) =>
    createDataSource({ url, schema: 'all', migrations: WAREHOUSE });

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });
  afterAll(() => database.drop());

  it.each([
    ['the shadow', undefined],
    ['a server', SERVER],
  ])('bar 11: up, down and up again on %s', async (place, url) => {
    const source = sourceOf();
    await source.describe();
    const tried = await tryMigrations(source, { url, only: [] }, () => undefined);
    const apart = tried.flatMap(({ problems }) => problems);
    recordBar({
      bar: `11: ${tried.length} migrations up/down/up on ${place}: differences`,
      measured: apart.length,
      target: '0',
      passed: apart.length === 0 && tried.length > 15,
    });
    expect(apart).toEqual([]);
  });

  it('bar 13: a plan writes nothing, and holds what the run then sends', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const look = async () => (await client.query(ACTIVITY)).rows[0] as Record<string, unknown>;
    await client.query('CHECKPOINT');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const before = await look();
    const source = sourceOf();
    const started = performance.now();
    const plan = await planOfSource(source, 'shadow');
    const took = Math.round(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const after = await look();
    await client.end();

    const listener = listenToMigrations(source.migrations.map((one) => one.constructor as never));
    await source.initialize();
    listener.stop();
    await source.destroy();
    const planned = plan.migrations.flatMap(({ name, statements }) =>
      statements.map(({ sql, parameters }) => [name, sql, JSON.stringify(parameters ?? null)]),
    );
    const unequal = planned.filter((one, at) => one.join('\0') !== listener.sent[at]?.join('\0'));
    const { wal: _, ...state } = before;
    const { wal: __, ...later } = after;
    const written = Number(after['wal']) - Number(before['wal']);
    recordBar({
      bar: '13: transactions that write, rows, relations or files changed by a plan',
      measured:
        JSON.stringify(state) === JSON.stringify(later) ? 0 : JSON.stringify([state, later]),
      target: '0',
      passed: JSON.stringify(state) === JSON.stringify(later),
    });
    // The server itself notes what runs on it, some bytes every few seconds.
    recordBar({
      bar: '13: bytes of WAL during a plan',
      measured: written,
      target: '<= 512 (the server notes its own state)',
      passed: written <= 512,
    });
    recordBar({
      bar: `13: of ${planned.length} statements of a plan (${took} ms), not byte-equal to the run`,
      measured: unequal.length + Math.abs(planned.length - listener.sent.length),
      target: '0',
      passed: unequal.length === 0 && planned.length === listener.sent.length,
    });
    expect(later).toEqual(state);
    expect(planned).toEqual(listener.sent);
    expect(written).toBeLessThanOrEqual(512);
  });

  it('the trace tells what PostgreSQL does', async () => {
    const source = createDataSource({ embedded: 'memory', schema: 'none' });
    await source.describe();
    const shadow = await ShadowDatabase.open(source);
    let wrong = 0;
    for (const [sql, mode, rewrites = false] of LOCK_FACTS) {
      await shadow.ask('DROP SCHEMA public CASCADE');
      await shadow.ask('CREATE SCHEMA public');
      for (const table of TRACED_TABLES) await shadow.ask(table);
      const alone = sql.includes('CONCURRENTLY') ? false : undefined;
      const { statements } = await shadow.traceMigration(migrationOf(sql, [], alone));
      const [traced] = statements;
      const lock = traced?.locks.find(({ table }) => table === 'public.orders')?.mode ?? 'none';
      if (lock !== mode || (traced?.rewrites.length === 1) !== rewrites) wrong += 1;
    }
    await shadow.close();
    recordBar({
      bar: `0.10: of ${LOCK_FACTS.length} statements, wrong locks or rewrites in the trace`,
      measured: wrong,
      target: '0',
      passed: wrong === 0,
    });
    expect(wrong).toBe(0);
  });

  it('generated migrations leave no difference', async () => {
    const scratch = await ScratchDatabase.create();
    const folder = new ProjectFolder();
    const classes: Function[] = [];
    let left = 0;
    for (const [at, entities] of [[], LIBRARY_BEFORE, LIBRARY_AFTER].entries()) {
      const open = (migrate: 'off' | 'all') =>
        createDataSource({
          url: scratch.url,
          schema: 'none',
          entities,
          migrations: classes as never,
          migrate,
          // One of them drops a column, as it was told to.
          allowDestructive: true,
        });
      if (at > 0) {
        const made = await generationOfSource(open('off'), 'grow', 1_800_000_000_000 + at * 100);
        const place = { basename: 'grow', folder: '/', form: 'ts', timestamp: 0 } as const;
        classes.push(...(await folder.load(filesOf(made.migrations, place, '/'))));
      }
      const source = open('all');
      await source.initialize();
      await source.destroy();
      const again = await generationOfSource(open('off'), 'again', 1_800_000_001_000);
      left += again.migrations.length + again.refused.length;
    }
    folder.remove();
    await scratch.drop();
    recordBar({
      bar: `${classes.length} generated migrations run: differences left`,
      measured: left,
      target: '0',
      passed: left === 0 && classes.length === 5,
    });
    expect(left).toBe(0);
  });
});
