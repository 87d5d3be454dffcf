import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  MigrationHistoryError,
  Migrator,
  type MigratorOptions,
  type RowguardDataSource,
} from 'nestjs-rowguard';
import { DataSource, type MigrationInterface } from 'typeorm';
import { caught } from '../../support/caught.js';
import { type Migrating, migration, openMigrating } from '../../support/migrating.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const NAME = 'CreateNotes1700000000001';
const NOTES = migration(NAME, {
  up: `create table notes (kind text default 'short')`,
  down: 'drop table notes',
});
const EDITED = migration(NAME, {
  up: `create table notes (kind text default 'long')`,
  down: 'drop table notes',
});
const FORMATTED = migration(NAME, {
  up: `CREATE TABLE notes ( -- all\r\n  kind TEXT DEFAULT 'short'\r\n)`,
});
const LATER = migration('AddLater1700000000005', { up: 'alter table notes add later int' });
const EARLIER = migration('AddEarlier1700000000003', { up: 'alter table notes add earlier int' });
const SAME_TIME = migration('AddTwin1700000000005', { up: 'alter table notes add twin int' });

describe('the history of migrations', () => {
  let database: ScratchDatabase;
  let opened: Migrating[];
  let lockFile: string;

  const open = async (
    migrations: readonly (new () => MigrationInterface)[],
    options: MigratorOptions = {},
  ) => {
    const one = await openMigrating(database.url, migrations, { lockFile, ...options });
    opened.push(one);
    return one.migrator;
  };
  const ask = async <Row extends object>(sql: string): Promise<Row[]> =>
    database.asOwner(async (client) => (await client.query<Row>(sql)).rows);

  beforeEach(async () => {
    opened = [];
    lockFile = join(mkdtempSync(join(tmpdir(), 'rowguard-lock-')), 'migrations.lock.json');
    database = await ScratchDatabase.create();
  });
  afterEach(async () => {
    rmSync(join(lockFile, '..'), { recursive: true, force: true });
    for (const one of opened) await one.close();
    await database.drop();
  });

  it('names a file that was edited after it had been applied, and runs nothing more', async () => {
    await (await open([NOTES])).run();
    const edited = await open([EDITED, LATER]);

    const error = await caught(edited.run());
    const found = await edited.validate();

    expect(error).toBeInstanceOf(MigrationHistoryError);
    expect(String(error)).toContain(`${NAME} was edited after it had been applied`);
    expect(found.map(({ kind, migration: name }) => [kind, name])).toEqual([['edited', NAME]]);
    expect(await edited.pending()).toEqual(['AddLater1700000000005']);
  });

  it('does not mind formatting, comments and ends of lines', async () => {
    await (await open([NOTES])).run();
    const formatted = await open([FORMATTED, LATER]);

    expect(await formatted.validate()).toEqual([]);
    expect((await formatted.run()).ran).toEqual(['AddLater1700000000005']);
  });

  it('takes an edited file for right when somebody says why, and keeps the reason', async () => {
    await (await open([NOTES])).run();
    const edited = await open([EDITED, LATER]);

    const report = await edited.repair({ reason: 'the default was never used' });

    expect(report.repaired).toEqual([{ migration: NAME, now: 'applied as it is written now' }]);
    expect((await edited.run()).ran).toEqual(['AddLater1700000000005']);
    expect((await edited.applied())[0]).toMatchObject({ reason: 'the default was never used' });
  });

  it('tells of a file that is missing, until it is said to be gone for good', async () => {
    await (await open([NOTES, LATER])).run();
    const without = await open([NOTES]);

    const found = await without.validate();
    const kept = await without.repair({ reason: 'nobody needs it' });
    const accepted = await without.repair({
      reason: 'nobody needs it',
      accept: ['AddLater1700000000005'],
    });

    expect(found.map(({ kind }) => kind)).toEqual(['missing']);
    expect(kept.repaired).toEqual([]);
    expect(accepted.repaired).toEqual([{ migration: 'AddLater1700000000005', now: 'forgotten' }]);
    expect(await without.validate()).toEqual([]);
  });

  it('lets none run that is older than what is applied, unless it is allowed', async () => {
    await (await open([NOTES, LATER])).run();
    const merged = await open([NOTES, EARLIER, LATER]);
    const allowed = await open([NOTES, EARLIER, LATER], {
      environment: { ROWGUARD_OUT_OF_ORDER: 'true' },
    });

    const error = await caught(merged.run());

    expect(String(error)).toContain(
      'AddEarlier1700000000003 is older than AddLater1700000000005, which is applied',
    );
    expect((await allowed.run()).ran).toEqual(['AddEarlier1700000000003']);
  });

  it('lets none run of which two have one time', async () => {
    const twins = await open([NOTES, LATER, SAME_TIME]);

    await expect(twins.run()).rejects.toThrow(
      /AddTwin1700000000005 and AddLater1700000000005 have one timestamp/,
    );
    expect(await ask(`select to_regclass('notes') as notes`)).toEqual([{ notes: null }]);
  });

  it('begins with a database as it is', async () => {
    await ask('create table notes (kind text)');
    const migrator = await open([NOTES, LATER]);

    const baselined = await migrator.baseline(NAME);

    expect(baselined).toEqual([NAME]);
    expect((await migrator.run()).ran).toEqual(['AddLater1700000000005']);
    expect((await migrator.show()).map(({ checksum }) => checksum)).toEqual(['ok', 'ok']);
  });

  it('goes on where TypeORM alone had begun it, and the other way round', async () => {
    const plain = (migrations: (new () => MigrationInterface)[]) =>
      new DataSource({ type: 'postgres', url: database.url, migrations }).initialize();
    const first = await plain([NOTES]);
    await first.runMigrations();
    await first.destroy();
    const ours = await open([NOTES, LATER]);
    const ran = await ours.run();
    const second = await plain([NOTES, LATER, SAME_TIME]);
    const after = await second.runMigrations();
    await second.destroy();

    expect(ran.ran).toEqual(['AddLater1700000000005']);
    expect((await ours.show())[0]).toMatchObject({ state: 'applied', checksum: null });
    expect(after.map(({ name }) => name)).toEqual(['AddTwin1700000000005']);
  });

  it('runs only what the lock file says, and the file does not survive an edit by hand', async () => {
    const migrator = await open([NOTES, LATER]);
    await migrator.writeLock();
    const other = await open([EDITED, LATER]);
    const text = readFileSync(lockFile, 'utf8');

    const refused = await caught(other.run());
    writeFileSync(lockFile, text.replace('AddLater', 'AddLater2'));
    const edited = await caught(migrator.run());
    writeFileSync(lockFile, '<<<<<<< ours');
    const broken = await caught(migrator.validate());
    writeFileSync(lockFile, text);

    expect(String(refused)).toContain(`${NAME} is not what the lock file says`);
    expect(String(edited)).toMatch(/was edited by hand or merged/);
    expect(broken).toBeInstanceOf(MigrationHistoryError);
    expect((await migrator.run()).ran).toHaveLength(2);
  });

  it.each<[string, (source: Awaited<ReturnType<typeof open>>) => Promise<unknown>]>([
    ['a repair without a reason', (one) => one.repair({ reason: ' ' })],
    ['a repair of nothing', (one) => one.repair({ reason: 'x', accept: ['Nothing'] })],
    ['a baseline that does not exist', (one) => one.baseline('Nothing')],
    ['a migration that is not pending', (one) => one.run({ to: 'Nothing' })],
    ['a revert to nothing', (one) => one.revert({ to: 'Nothing' })],
    ['a broken number', (one) => one.run({ step: 0.5 })],
    ['two ends', (one) => one.revert({ to: NAME, step: 1 })],
    ['an approval that cannot be read', (one) => one.run({ approve: ['all'] })],
    ['a text in place of a list', (one) => one.run({ approve: NAME as never })],
    ['another in place of a list', (one) => one.repair({ reason: 'x', accept: NAME as never })],
    ['options that are none', (one) => one.run(null as never)],
    ['options of a revert that are none', (one) => one.revert([] as never)],
    ['a repair without options', (one) => one.repair(undefined as never)],
    ['options of a baseline that are none', (one) => one.baseline(NAME, 'x' as never)],
    ['a name that is none', (one) => one.baseline(7 as never)],
    ['another data source', () => Promise.resolve().then(() => new Migrator({} as never))],
    ['a time that is none', (one) => one.run({ lockWaitMs: -1 })],
  ])('refuses %s', async (_, ask) => {
    const migrator = await open([NOTES]);

    await expect(ask(migrator)).rejects.toBeInstanceOf(InvalidInputError);
  });

  it.each(['all', 'none'] as const)("refuses TypeORM's mode %j", async (transaction) => {
    await open([NOTES]);
    const { source } = opened[0] as { source: RowguardDataSource };

    await expect(source.runMigrations({ transaction })).rejects.toBeInstanceOf(InvalidInputError);
    await expect(source.undoLastMigration({ transaction })).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('only writes down what is faked', async () => {
    const migrator = await open([NOTES]);

    await migrator.run({ fake: true });
    const applied = await migrator.applied();
    await migrator.revert({ fake: true });

    expect(applied.map(({ name }) => name)).toEqual([NAME]);
    expect(await migrator.pending()).toEqual([NAME]);
    expect(await ask(`select to_regclass('notes') as notes`)).toEqual([{ notes: null }]);
  });
});
