import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type DatabaseModuleOptions,
  MigrationFailedError,
  MigrationHistoryError,
  type MigratorOptions,
} from 'nestjs-rowguard';
import type { MigrationInterface } from 'typeorm';
import { caught } from '../../support/caught.js';
import { type Migrating, migration, openMigrating } from '../../support/migrating.js';
import { SHOP } from '../../support/shop.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const NOTES = migration('CreateNotes1700000000001', {
  up: 'create table notes (id int primary key, text text)',
  down: 'drop table notes',
});
const AUTHORS = migration('AddAuthor1700000000002', {
  up: 'alter table notes add author text',
  down: 'alter table notes drop author',
});
const INDEX = migration('IndexNotes1700000000003', {
  up: 'create unique index concurrently if not exists "ix_Notes" on "notes" (text)',
  down: 'drop index concurrently "ix_Notes"',
});
const BROKEN = migration('Broken1700000000009', {
  up: ['create table half (id int)', 'select 1 / 0'],
});

describe('migrations on a server', () => {
  let database: ScratchDatabase;
  let opened: Migrating[];

  const open = async (
    migrations: readonly (new () => MigrationInterface)[],
    options: MigratorOptions = {},
    more: DatabaseModuleOptions = {},
  ) => {
    const one = await openMigrating(database.url, migrations, options, more);
    opened.push(one);
    return one;
  };
  const ask = async <Row extends object>(sql: string): Promise<Row[]> =>
    database.asOwner(async (client) => (await client.query<Row>(sql)).rows);
  const invalid = () => ask('select 1 from pg_index where not indisvalid');
  /** Somebody else, in the middle of something. */
  const stranger = async (...statements: string[]): Promise<pg.Client> => {
    const client = new pg.Client({
      connectionString: database.url,
      application_name: 'the night job',
    });
    await client.connect();
    for (const sql of ['begin', ...statements]) await client.query(sql);
    return client;
  };

  beforeEach(async () => {
    opened = [];
    database = await ScratchDatabase.create();
  });
  afterEach(async () => {
    for (const one of opened) await one.close();
    await database.drop();
  });

  it('run once each, in order, and what was sent is written down', async () => {
    const { migrator } = await open([AUTHORS, NOTES]);

    const first = await migrator.run();
    const second = await migrator.run();

    const rows = await ask(
      'select name, statements, status, direction from migrations_meta order by name desc',
    );
    expect(first).toEqual({
      ran: ['CreateNotes1700000000001', 'AddAuthor1700000000002'],
      waiting: [],
    });
    expect(second.ran).toEqual([]);
    expect(rows[0]).toEqual({
      name: 'CreateNotes1700000000001',
      statements: ['create table notes (id int primary key, text text)'],
      status: 'ok',
      direction: 'up',
    });
    expect(await migrator.schemaVersion()).toEqual({
      name: 'AddAuthor1700000000002',
      timestamp: 1_700_000_000_002,
      applied: 2,
    });
  });

  it('that fail leave nothing behind, and those before them stay', async () => {
    const { migrator } = await open([NOTES, BROKEN]);

    const error = await caught(migrator.run());

    expect(error).toBeInstanceOf(MigrationFailedError);
    expect(String(error)).toMatch(/Broken1700000000009 \(up\) stopped: division by zero/);
    expect(await migrator.pending()).toEqual(['Broken1700000000009']);
    expect(await ask(`select to_regclass('half') as half`)).toEqual([{ half: null }]);
    expect((await migrator.show()).map(({ state }) => state)).toEqual(['applied', 'pending']);
  });

  it('give way to whoever holds a lock, name it, and come again', async () => {
    const { migrator, said } = await open([NOTES, AUTHORS], { lockTimeoutMs: 1_200 });
    await migrator.run({ step: 1 });
    const other = await stranger(`insert into notes values (1, 'a secret')`);
    const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');

    const running = migrator.run();
    await pause(2_000);
    await other.query('commit');
    await other.end();

    expect((await running).ran).toEqual(['AddAuthor1700000000002']);
    expect(said.join('\n')).toContain(
      `AddAuthor1700000000002 (up) gave way to server process ${rows[0]?.pid} (the night job, idle in transaction`,
    );
    expect(said.join('\n')).not.toContain('secret');
  });

  it('make an index concurrently while a transaction is open for longer than a lock may be waited for', async () => {
    const { migrator } = await open([NOTES, INDEX], {}, { pool: { lockTimeoutMs: 100 } });
    await migrator.run({ step: 1 });
    const other = await stranger('insert into notes values (1)');

    const running = migrator.run();
    await pause(1_200);
    await other.query('commit');
    await other.end();

    expect((await running).ran).toEqual(['IndexNotes1700000000003']);
    expect(await invalid()).toEqual([]);
  });

  it('that stopped without a transaction hold up all others until somebody has looked', async () => {
    const { migrator, said } = await open([NOTES, INDEX]);
    await migrator.run({ step: 1 });
    await ask(`insert into notes values (1, 'twice'), (2, 'twice')`);

    const failed = await caught(migrator.run());
    const refused = await caught(migrator.run());
    const left = await invalid();
    await ask('delete from notes where id = 2');
    await migrator.repair({ reason: 'the second row was a copy' });
    const report = await migrator.run();

    expect(failed).toBeInstanceOf(MigrationFailedError);
    expect(refused).toBeInstanceOf(MigrationHistoryError);
    expect(String(refused)).toMatch(/IndexNotes1700000000003 \(up\).*stopped half-way/);
    expect(left).toHaveLength(1);
    expect(report.ran).toEqual(['IndexNotes1700000000003']);
    expect(await invalid()).toEqual([]);
    expect(said.join('\n')).toContain('dropped public."ix_Notes", left over by a broken try');
  });

  it('whose process has ended half-way, outside of a transaction, are told of as failed', async () => {
    const { migrator } = await open([NOTES, INDEX]);
    await migrator.run({ step: 1 });
    await ask(
      `insert into migrations_meta (name, status, direction) values ('IndexNotes1700000000003', 'running', 'up')`,
    );

    await expect(migrator.run()).rejects.toThrow(/stopped half-way: its process has ended/);
    expect(await ask(`select status from migrations_meta where name like 'Index%'`)).toEqual([
      { status: 'failed' },
    ]);
  });

  it('are undone one by one, several at once, or back to one, with and without a transaction', async () => {
    const { migrator } = await open([NOTES, AUTHORS, INDEX]);
    await migrator.run();

    const one = await migrator.revert();
    await migrator.run();
    const two = await migrator.revert({ step: 2 });
    await migrator.run();
    const back = await migrator.revert({ to: 'CreateNotes1700000000001' });

    expect(one.undone).toEqual(['IndexNotes1700000000003']);
    expect(two.undone).toEqual(['IndexNotes1700000000003', 'AddAuthor1700000000002']);
    expect(back.undone).toEqual(two.undone);
    expect(await migrator.pending()).toEqual(['AddAuthor1700000000002', 'IndexNotes1700000000003']);
  });

  it('cannot be undone without their file, and nothing is', async () => {
    await (await open([NOTES, AUTHORS])).migrator.run();
    const { migrator } = await open([NOTES]);

    const error = await caught(migrator.revert());

    expect(error).toBeInstanceOf(MigrationHistoryError);
    expect(String(error)).toMatch(
      /AddAuthor1700000000002 was applied last, and its file is missing/,
    );
    expect(await ask('select author from notes')).toEqual([]);
  });

  it('run once even where the lock is lost: who comes second waits, and finds it done', async () => {
    await (await open([NOTES])).migrator.run();
    const both = [await open([NOTES, AUTHORS]), await open([NOTES, AUTHORS])];
    for (const { source } of both) {
      Object.defineProperty(source.migrationHost, 'lock', { value: undefined });
    }

    const reports = await Promise.all(both.map(({ migrator }) => migrator.run()));

    expect(reports.flatMap(({ ran }) => ran)).toEqual(['AddAuthor1700000000002']);
    expect(await ask('select name from migrations')).toHaveLength(2);
  });

  it('ask two queries and lock nothing where nothing is pending', async () => {
    const { migrator, source } = await open([NOTES]);
    await migrator.run();
    const sent: string[] = [];
    const query = source.query.bind(source);
    source.query = (sql: string, ...rest: never[]) => {
      sent.push(sql);
      return query(sql, ...rest);
    };
    let sessions = 0;
    Object.defineProperty(source.migrationHost, 'lock', { get: () => sessions++ });

    await migrator.run();

    expect([sent.length, sessions]).toEqual([2, 0]);
    expect(sent.join()).not.toMatch(/lock|create|insert/i);
  });

  it('keep their history from tenants, and the doctor knows its tables', async () => {
    // Without an entity the doctor says nothing of any table.
    const { migrator, source } = await open([NOTES], {}, { entities: SHOP });
    await migrator.run();

    const [rights] = await ask(
      `select has_table_privilege('rowguard_app', 'migrations_meta', 'select, insert, update, delete') as meta,
         has_table_privilege('rowguard_app', 'migrations', 'select, insert, update, delete') as history`,
    );
    const { findings } = await source.inspect();
    const strange = findings.filter(({ rule }) => rule === 'unclassified');

    expect(rights).toEqual({ meta: false, history: false });
    expect(strange.map(({ subject }) => subject)).toEqual(['public.notes']);
  });

  it('have a statement broken off only after an hour, and wait for locks two seconds', async () => {
    const ASKS = migration('AskForLimits1700000000004', {
      up: `create table limits as select current_setting('lock_timeout') as wait, current_setting('statement_timeout') as run`,
    });
    await (await open([ASKS])).migrator.run();

    expect(await ask('select * from limits')).toEqual([{ wait: '2s', run: '1h' }]);
  });
});
