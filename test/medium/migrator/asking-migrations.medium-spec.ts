import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AttestationError,
  type DatabaseModuleOptions,
  MigrationBlockedError,
  Migrator,
  TenantEntity,
  createDataSource,
} from 'nestjs-rowguard';
import { Entity, type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';
import { caught } from '../../support/caught.js';
import { migration } from '../../support/migrating.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

type MigrationClass = new () => MigrationInterface;

const CREATE = migration('CreateNotes1700000000001', {
  up: [
    'create table notes (id uuid primary key, code varchar(20), old text)',
    `insert into notes values ('0190a000-0000-7000-8000-0000000000f1', 'A-1', 'kept')`,
  ],
});

/** What it sends depends on what it finds. */
function asking(
  name: string,
  up: (runner: QueryRunner) => Promise<void>,
  transaction?: boolean,
): MigrationClass {
  return class implements MigrationInterface {
    name = name;
    transaction = transaction as boolean;
    up = up;
    down = () => Promise.resolve();
  };
}

const ADDS = asking('AddNew1700000000002', async (runner) => {
  if (await runner.hasColumn('notes', 'fresh')) return;
  await runner.addColumn(
    'notes',
    new TableColumn({ name: 'fresh', type: 'text', isNullable: true }),
  );
  await runner.createTable(
    new Table({ name: 'tags', columns: [{ name: 'id', type: 'uuid', isPrimary: true }] }),
    true,
  );
});

const WIDENS = migration('WidenCode1700000000003', {
  up: 'alter table notes alter column code type varchar(40)',
});

const AFTER = migration('CreateLater1700000000009', { up: 'create table later (id int)' });

@Entity('later')
class Later extends TenantEntity {}

const DESTROYERS: readonly (readonly [string, string, (runner: QueryRunner) => Promise<void>])[] = [
  [
    'drops a column that it found',
    'D03',
    async (runner) => {
      await runner.query('alter table notes add column half_way text');
      const table = await runner.getTable('notes');
      if (table?.findColumnByName('old')) await runner.dropColumn('notes', 'old');
    },
  ],
  [
    'has the type of a column changed by TypeORM, which drops it and adds it again',
    'D03',
    async (runner) => {
      await runner.query('alter table notes add column half_way text');
      const column = (await runner.getTable('notes'))?.findColumnByName('old') as TableColumn;
      const changed = column.clone();
      changed.type = 'integer';
      await runner.changeColumn('notes', column, changed);
    },
  ],
  [
    'deletes all rows and asks which they were',
    'D05',
    async (runner) => {
      await runner.query('alter table notes add column half_way text');
      if (await runner.hasTable('notes')) await runner.query('delete from notes returning id');
    },
  ],
  [
    'sends it behind a question, in one text',
    'D04',
    async (runner) => {
      await runner.query('alter table notes add column half_way text');
      if (await runner.hasTable('notes')) await runner.query('select 1; truncate notes');
    },
  ],
  [
    'hides it in a block of code',
    'D04',
    async (runner) => {
      await runner.query('alter table notes add column half_way text');
      if (await runner.hasTable('notes')) await runner.query('do $$ begin truncate notes; end $$');
    },
  ],
];

describe('a migration that asks the database', () => {
  let database: ScratchDatabase;

  const sourceOf = (migrations: MigrationClass[], more: DatabaseModuleOptions = {}) =>
    createDataSource({ url: database.url, migrations, ...more });
  const start = async (migrations: MigrationClass[], more: DatabaseModuleOptions = {}) => {
    const source = sourceOf(migrations, more);
    await source.initialize();
    const pending = await new Migrator(source).pending();
    await source.destroy();
    return pending;
  };
  const notes = () =>
    database.asOwner(async (client) => {
      const { rows } = await client.query<Record<string, unknown>>('select * from notes');
      return rows;
    });

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });
  afterEach(() => database.drop());

  it('runs at a start where it loses nothing, and so does one that widens a column', async () => {
    await start([CREATE]);

    expect(await start([CREATE, ADDS, WIDENS])).toEqual([]);
    expect(await notes()).toMatchObject([{ old: 'kept', fresh: null }]);
  });

  it('is not taken for one that widens where it narrows', async () => {
    const narrows = migration('NarrowCode1700000000003', {
      up: 'alter table notes alter column code type varchar(2)',
    });

    await start([CREATE]);

    expect(await start([CREATE, narrows])).toEqual(['NarrowCode1700000000003']);
  });

  it.each(DESTROYERS)(
    'waits at a start where it %s, and leaves no half of it',
    async (_, __, up) => {
      const destroyer = asking('Destroy1700000000002', up);

      const pending = await start([CREATE, destroyer, AFTER]);

      expect(pending).toEqual(['Destroy1700000000002', 'CreateLater1700000000009']);
      expect(await notes()).toEqual([
        { id: '0190a000-0000-7000-8000-0000000000f1', code: 'A-1', old: 'kept' },
      ]);
    },
  );

  it.each(DESTROYERS)(
    'is refused by name when it %s (%s), until it is approved',
    async (_, rule, up) => {
      await start([CREATE]);
      const source = sourceOf([CREATE, asking('Destroy1700000000002', up), AFTER], {
        migrate: 'off',
      });
      await source.initialize();
      const migrator = new Migrator(source);

      const error = await caught(migrator.run());
      const approval = /--approve (Destroy1700000000002@\w{8})/.exec(String(error))?.[1] as string;
      const { ran } = await migrator.run({ approve: [approval] });
      await source.destroy();

      expect(error).toBeInstanceOf(MigrationBlockedError);
      expect(String(error)).toContain(rule);
      expect(ran).toEqual(['Destroy1700000000002', 'CreateLater1700000000009']);
    },
  );

  it('is named by a start that cannot go on without what waits', async () => {
    const [, , up] = DESTROYERS[0] as (typeof DESTROYERS)[number];
    const source = sourceOf([CREATE, asking('Destroy1700000000002', up), AFTER], {
      entities: [Later],
    });

    const error = await caught(source.initialize());

    expect(error).toBeInstanceOf(AttestationError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/later.*wait for an approval: Destroy1700000000002, Create/s),
      given: { waiting: ['Destroy1700000000002', 'CreateLater1700000000009'] },
    });
  });

  it('waits before it begins where it has no transaction that could be undone', async () => {
    const sent: string[] = [];
    const bare = asking(
      'Bare1700000000002',
      async (runner) => {
        const [row] = (await runner.query('select count(*)::int as n from notes')) as {
          n: number;
        }[];
        sent.push(`found ${row?.n ?? 'nothing'}`);
        await runner.query('create index concurrently notes_code on notes (code)');
      },
      false,
    );

    expect(await start([CREATE, bare])).toEqual(['Bare1700000000002']);
    expect(sent).not.toContain('found 1');
    expect(await start([CREATE, bare], { migrate: 'all', allowDestructive: true })).toEqual([]);
    expect(sent).toContain('found 1');
  });
});
