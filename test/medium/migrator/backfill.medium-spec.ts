import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  type BackfillOptions,
  Migrator,
  type RowguardDataSource,
  backfill,
  createDataSource,
} from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { LedgerAccount, asAnn, openLedger } from '../../support/audit/ledger.js';
import { caught } from '../../support/caught.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const ROWS = 2_500;
const ONCE = { table: 'parcels', set: 'touched = touched + 1', where: 'true', pauseMs: 0 };

describe('a backfill', () => {
  let database: ScratchDatabase;
  let source: RowguardDataSource;

  const sql = async (text: string) =>
    (await database.asOwner((client) => client.query(text))).rows as Record<string, unknown>[];
  const fill = (options: BackfillOptions, from = source) =>
    runAsOwner('a migration', async () => {
      const runner = from.createQueryRunner();
      try {
        return await backfill(runner, options);
      } finally {
        await runner.release();
      }
    });
  const touched = () =>
    sql('select touched, count(*)::int as rows from parcels group by touched order by touched');
  /** Holds one row until it is told to let it go. */
  const hold = async (id: number) => {
    const done = new AbortController();
    let isHeld = () => {};
    const held = new Promise<void>((resolve) => (isHeld = resolve));
    const holding = database.asOwner(async (client) => {
      await client.query(`begin; select 1 from parcels where id = ${id} for update`);
      isHeld();
      if (!done.signal.aborted) await once(done.signal, 'abort');
      await client.query('commit');
    });
    await held;
    return () => {
      done.abort();
      return holding;
    };
  };
  const open = async () => {
    const opened = createDataSource({ url: database.url, schema: 'none' });
    await opened.initialize();
    return opened;
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    source = await open();
  });
  beforeEach(async () => {
    await sql('drop table if exists parcels, rowguard_backfills');
    await sql(`create table parcels (tenant_id uuid, id int, code text, touched int not null default 0, primary key (tenant_id, id));
      insert into parcels select ('0190a000-0000-7000-8000-00000000000' || n % 5)::uuid, n, 'C' || n from generate_series(1, ${ROWS}) n`);
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('changes every row exactly once, in batches, and leaves nothing behind', async () => {
    const result = await fill({ ...ONCE, batch: 400 });
    expect(result).toEqual({ rows: ROWS, batches: 7, retries: 0, resumed: false });
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
    expect(await sql(`select to_regclass('rowguard_backfills') as left`)).toEqual([{ left: null }]);
  });

  it('is read like any statement: its hash covers what it does, and a start runs what loses nothing', async () => {
    const fillWith = (set: string, where: string) =>
      class Fill1700000000001 implements MigrationInterface {
        name = 'Fill1700000000001';
        transaction = false as const;
        up = async (runner: QueryRunner) =>
          void (await backfill(runner, { table: 'parcels', set, where, pauseMs: 0 }));
        down = () => Promise.resolve();
      };
    const startWith = async (set: string, where: string, migrate: 'safe' | 'off') => {
      const started = createDataSource({
        url: database.url,
        migrations: [fillWith(set, where)],
        migrate,
      });
      await started.initialize();
      const [one] = await new Migrator(started).show();
      await started.destroy();
      return `${one?.state} ${one?.checksum}`;
    };

    expect(await startWith('touched = 7', 'true', 'safe')).toBe('pending null');
    expect(await touched()).toEqual([{ touched: 0, rows: ROWS }]);
    expect(await startWith('touched = 1', 'touched = 0', 'safe')).toBe('applied ok');
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
    expect(await startWith('touched = 2', 'touched = 0', 'off')).toBe('applied edited');
    expect(await startWith('touched = 1', 'touched < 1', 'off')).toBe('applied edited');
  });

  it('changes only rows that need it, with parameters, and counts them', async () => {
    const result = await fill({
      table: 'public.parcels',
      set: 'code = $1 || lower(code)',
      where: 'id % $2::int = 0',
      parameters: ['x-', 10],
      batch: 1_000,
      pauseMs: 0,
    });
    expect(result.rows).toBe(ROWS / 10);
    expect(await sql(`select count(*)::int as n from parcels where code ~ '^x-c'`)).toEqual([
      { n: ROWS / 10 },
    ]);
  });

  it('goes on after its connection was killed, and changes no row twice', async () => {
    const killed = await open();
    const error = await caught(
      fill(
        {
          ...ONCE,
          batch: 300,
          onBatch: async ({ batches }) => {
            if (batches !== 3) return;
            await sql(
              `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query ~ 'COMMIT'`,
            );
          },
        },
        killed,
      ),
    );
    await killed.destroy();
    expect(error).toBeInstanceOf(Error);
    expect(await touched()).toEqual([
      { touched: 0, rows: ROWS - 900 },
      { touched: 1, rows: 900 },
    ]);

    const rest = await fill({ ...ONCE, batch: 300 });
    expect(rest).toMatchObject({ rows: ROWS, batches: 6, resumed: true });
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
  });

  it('stops between two batches when it is told to, and goes on later', async () => {
    const stop = new AbortController();
    const error = await caught(
      fill({ ...ONCE, batch: 1_000, signal: stop.signal, onBatch: () => stop.abort() }),
    );
    expect(error).toMatchObject({ code: 'ROWGUARD_BACKFILL' });
    expect(await touched()).toContainEqual({ touched: 1, rows: 1_000 });
    expect((await fill({ ...ONCE, batch: 1_000 })).resumed).toBe(true);
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
  });

  it('waits a short time for rows that others hold, and tries again', async () => {
    const free = await hold(7);
    setTimeout(() => void free(), 700);
    const result = await fill({ ...ONCE, batch: 1_000, lockTimeoutMs: 100 });
    await free();
    expect(result.retries).toBeGreaterThan(0);
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
  });

  it('gives up where rows stay held, keeps what it has done, and says so', async () => {
    const free = await hold(ROWS);
    const outcome = await fill({ ...ONCE, batch: 500, lockTimeoutMs: 50, attempts: 2 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    await free();
    expect(outcome).toMatchObject({ code: 'ROWGUARD_BACKFILL' });
    expect((await fill({ ...ONCE, batch: 500 })).rows).toBe(ROWS);
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
  });

  it('takes smaller batches where one takes too long', async () => {
    const slow = { ...ONCE, set: `touched = touched + 1 + (pg_sleep(0.002) is null)::int` };
    const result = await fill({ ...slow, batch: 500, batchMs: 300 });
    expect(result.batches).toBeGreaterThan(ROWS / 500 + 2);
    expect(await touched()).toEqual([{ touched: 1, rows: ROWS }]);
  });

  it('reaches the rows of all tenants with a login that row-level security holds', async () => {
    const owner = await database.createLogin('noinherit');
    await sql(`grant create on schema public to ${owner.name}; grant rowguard_system to ${owner.name};
      alter table parcels owner to ${owner.name}; alter table parcels enable row level security; alter table parcels force row level security;
      create policy system_access on parcels to rowguard_system using (true);
      grant select, insert, update, delete on parcels to rowguard_system`);
    const plain = createDataSource({ url: owner.url, schema: 'none', migrate: 'off' });
    const result = await plain.visit('a migration', () => fill({ ...ONCE, batch: 1_000 }, plain));
    expect(result.rows).toBe(ROWS);
    await sql(`revoke rowguard_system from ${owner.name}`);
    const refused = await caught(plain.visit('a migration', () => fill(ONCE, plain)));
    expect(refused).toMatchObject({ code: 'ROWGUARD_BACKFILL' });
    await sql(
      `drop table parcels; revoke create on schema public from ${owner.name}; drop role ${owner.name}`,
    );
  });

  it('is seen by the audit log, row by row, as system work', async () => {
    const ledger = await openLedger();
    await asAnn(() =>
      ledger.source
        .getRepository(LedgerAccount)
        .insert([{ name: 'A' }, { name: 'B' }, { name: 'c' }]),
    );
    const { tableName } = ledger.source.getMetadata(LedgerAccount);
    const result = await fill(
      {
        table: tableName,
        set: 'name = lower(name)',
        where: 'name <> lower(name)',
        batch: 2,
        pauseMs: 0,
      },
      ledger.source,
    );
    const { rows } = await (ledger.database as ScratchDatabase).asOwner((client) =>
      client.query(
        `select op, actor_type, actor_id as reason from audit_logs where op = 'update' order by id`,
      ),
    );
    await ledger.close();
    expect(result.rows).toBe(2);
    expect(rows).toEqual([
      { op: 'update', actor_type: 'system', reason: expect.stringContaining('backfill of') },
      { op: 'update', actor_type: 'system', reason: expect.stringContaining('backfill of') },
    ]);
  });

  it.each<[string, Partial<BackfillOptions>]>([
    ['an empty table', { table: '' }],
    ['a second statement', { set: 'code = 1; drop table parcels' }],
    ['a comment that hides the rest', { where: 'true) --' }],
    ['no batch', { batch: 0 }],
    ['a batch that is too big', { batch: 1_000_000 }],
    ['a pause that is no time', { pauseMs: -1 }],
    ['rows that change their tenant', { set: 'code = 1, tenant_id = null' }],
  ])('refuses %s', async (_, wrong) => {
    expect(await caught(fill({ ...ONCE, ...wrong }))).toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('refuses a table that is not there, one without a key, and a transaction', async () => {
    await sql('create table if not exists keyless (id int)');
    const codes = [
      await caught(fill({ ...ONCE, table: 'nowhere' })),
      await caught(fill({ ...ONCE, table: 'keyless' })),
      await caught(
        runAsOwner('a migration', () =>
          source.transaction((manager) => backfill(manager.queryRunner as never, ONCE)),
        ),
      ),
    ].map((error) => (error as { code: string }).code);
    expect(codes).toEqual(['ROWGUARD_BACKFILL', 'ROWGUARD_BACKFILL', 'ROWGUARD_INPUT_INVALID']);
  });
});
