import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataSource } from 'nestjs-rowguard';
import { ShadowDatabase } from '../../../src/migrator/shadow/shadow-database.js';
import { LOCK_FACTS, TRACED_TABLES } from '../../support/migrations/lock-facts.js';
import { migrationOf } from '../../support/migrations/made-migration.js';

const A = 'AccessExclusiveLock';
const SRX = 'ShareRowExclusiveLock';

describe('a statement on the shadow database', () => {
  let shadow: ShadowDatabase;

  beforeAll(async () => {
    const source = createDataSource({ embedded: 'memory', schema: 'none' });
    await source.describe();
    shadow = await ShadowDatabase.open(source);
    await shadow.ask('CREATE SCHEMA kept');
  });

  afterAll(() => shadow?.close());

  async function trace(sql: string, transaction?: boolean) {
    await shadow.ask('DROP SCHEMA public CASCADE');
    await shadow.ask('CREATE SCHEMA public');
    for (const table of TRACED_TABLES) await shadow.ask(table);
    return shadow.traceMigration(migrationOf(sql, [], transaction));
  }

  it.each(LOCK_FACTS)('%s takes %s', async (sql, mode, rewrites = false) => {
    const needsNone = /CONCURRENTLY/.test(sql);
    const { statements, stoppedBy } = await trace(sql, needsNone ? false : undefined);
    const [traced] = statements;
    const old = traced?.locks.filter((lock) => !lock.isNew && lock.table === 'public.orders') ?? [];
    expect(stoppedBy).toBeUndefined();
    expect(old.map((lock) => lock.mode)).toEqual(mode === 'none' ? [] : [mode]);
    expect(traced?.rewrites).toEqual(rewrites ? ['public.orders'] : []);
  });

  it.each(['', ' NOT VALID'])('locks both tables for a foreign key%s', async (suffix) => {
    const { statements } = await trace(
      `ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers${suffix}`,
    );
    expect(statements[0]?.locks).toEqual([
      { table: 'public.customers', mode: SRX, isNew: false },
      { table: 'public.orders', mode: SRX, isNew: false },
    ]);
  });

  it('tells the locks of a migration without a transaction one by one', async () => {
    const run = migrationOf(
      ['ALTER TABLE orders ADD COLUMN a int', 'ALTER TABLE orders ADD COLUMN b int'],
      [],
      false,
    );
    await trace('SELECT 1');
    const { statements } = await shadow.traceMigration(run);
    expect(statements.map((one) => one.locks.map((lock) => lock.mode))).toEqual([[A], [A]]);
  });

  it('tells in a transaction only the lock that was not held already', async () => {
    await trace('SELECT 1');
    const { statements } = await shadow.traceMigration(
      migrationOf(['ALTER TABLE orders ADD COLUMN a int', 'ALTER TABLE orders ADD COLUMN b int']),
    );
    expect(statements.map((one) => one.locks.length)).toEqual([1, 0]);
  });

  it('marks a table that the migration itself has made as new', async () => {
    await trace('SELECT 1');
    const { statements } = await shadow.traceMigration(
      migrationOf(['CREATE TABLE notes (id int)', 'CREATE INDEX n ON notes (id)']),
    );
    expect(statements[1]?.locks).toEqual([
      { table: 'public.notes', mode: 'ShareLock', isNew: true },
    ]);
  });

  it('tells what stopped a migration, and leaves nothing of it behind', async () => {
    await trace('SELECT 1');
    const traced = await shadow.traceMigration(
      migrationOf(['CREATE TABLE notes (id int)', 'ALTER TABLE nowhere ADD COLUMN a int']),
    );
    expect(traced.stoppedBy?.message).toContain('nowhere');
    expect(traced.statements).toHaveLength(2);
    const [left] = await shadow.ask<{ oid: string | null }>(`select to_regclass('notes') as oid`);
    expect(left?.oid).toBeNull();
  });

  it('gives a migration that asks the database its answer', async () => {
    await trace('SELECT 1');
    const traced = await shadow.traceMigration(
      migrationOf(async (runner) => {
        if (await runner.hasColumn('orders', 'code')) {
          await runner.query('ALTER TABLE orders DROP COLUMN code');
        }
      }),
    );
    expect(traced.isDynamic).toBe(true);
    expect(traced.statements.at(-1)?.sql).toBe('ALTER TABLE orders DROP COLUMN code');
  });

  it('keeps everything that a migration reaches through its runner on the shadow', async () => {
    await trace('SELECT 1');
    const { statements, stoppedBy } = await shadow.traceMigration(
      migrationOf(async (runner) => {
        await runner.manager.query('CREATE TABLE one (id int)');
        await runner.dataSource.query('CREATE TABLE two (id int)');
        await runner.dataSource.createQueryRunner().query('CREATE TABLE three (id int)');
        await runner.dataSource.driver
          .createQueryRunner('master')
          .query('CREATE TABLE four (id int)');
      }),
    );
    expect(stoppedBy).toBeUndefined();
    expect(statements).toHaveLength(4);
    const [found] = await shadow.ask<{ count: number }>(
      `select count(*)::int as count from pg_tables where tablename in ('one', 'two', 'three', 'four')`,
    );
    expect(found?.count).toBe(4);
  });
});
