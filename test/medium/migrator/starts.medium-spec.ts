import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  type Judge,
  Migrator,
  createDataSource,
} from 'nestjs-rowguard';
import { migration } from '../../support/migrating.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const migrations = [
  migration('CreateNotes1700000000001', { up: 'create table notes (id int, old text)' }),
  migration('DropOld1700000000002', { up: 'alter table notes drop old' }),
  migration('AddNew1700000000003', { up: 'alter table notes add new text' }),
];

const judge: Judge = (all) =>
  Promise.resolve(
    all
      .filter(({ name }) => name.startsWith('Drop'))
      .map(({ name }) => ({
        rule: 'D01',
        severity: 'destructive',
        migration: name,
        statement: 0,
        sql: '',
        problem: 'drops a column',
        mend: 'keep it',
      })),
  );

describe('a start with migrations', () => {
  let database: ScratchDatabase;

  const start = async (options: DatabaseModuleOptions) => {
    const source = createDataSource({ url: database.url, migrations, ...options });
    Object.assign(source.migrationHost, { judge });
    await source.initialize();
    const pending = await new Migrator(source).pending();
    await source.destroy();
    return pending.length;
  };

  beforeEach(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
  });
  afterEach(() => database.drop());

  it.each<[string, number, DatabaseModuleOptions]>([
    ['safe', 2, { migrate: 'safe' }],
    ['safe, whatever is allowed', 2, { migrate: 'safe', allowDestructive: true }],
    ['all', 2, { migrate: 'all' }],
    ['all, where losing data is allowed', 0, { migrate: 'all', allowDestructive: true }],
    ['off', 3, { migrate: 'off' }],
  ])('that says %s leaves %i pending, and starts', async (_, left, options) => {
    if (options.migrate === 'off') await start({ migrations: [] });

    expect(await start(options)).toBe(left);
  });

  it('that only checks is refused', async () => {
    await expect(start({ migrate: 'check' })).rejects.toThrow(/3 migrations are pending/);
  });

  it('on the embedded engine runs them too, without a lock', async () => {
    const source = createDataSource({ embedded: 'memory', migrations });
    Object.assign(source.migrationHost, { judge: () => Promise.resolve([]) });
    await source.initialize();
    const migrator = new Migrator(source);
    const pending = await migrator.pending();
    await migrator.revert();
    const after = await migrator.pending();
    const { lock } = source.migrationHost;
    await source.destroy();

    expect([pending, after, lock]).toEqual([[], ['AddNew1700000000003'], undefined]);
  });
});
