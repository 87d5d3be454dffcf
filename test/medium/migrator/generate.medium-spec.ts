import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type DatabaseModuleOptions, createDataSource } from 'nestjs-rowguard';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { generationOfSource } from '../../../src/cli/migrations/generation-of-source.js';
import { type MigrationFile, filesOf } from '../../../src/cli/migrations/written-files.js';
import type { Generation } from '../../../src/migrator/generate/generated-migration.js';
import { MigrationTrial } from '../../../src/migrator/shadow/migration-trial.js';
import { migrationsInOrder } from '../../../src/migrator/shadow/migrations-in-order.js';
import { ShadowDatabase } from '../../../src/migrator/shadow/shadow-database.js';
import { cli } from '../../support/cli-run.js';
import { LIBRARY_AFTER, LIBRARY_BEFORE } from '../../support/migrations/library.js';
import { ProjectFolder } from '../../support/migrations/project-folder.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const TENANT = '0190a000-0000-7000-8000-00000000000a';
const TIMESTAMP = 1_800_000_000_000;

describe('generated migrations', () => {
  let database: ScratchDatabase;
  let folder: ProjectFolder;
  let first: readonly MigrationFile[];
  let second: readonly MigrationFile[];
  let next: Generation;
  let classes: Function[];

  const sourceOf = (entities: readonly Function[], more: DatabaseModuleOptions = {}) =>
    createDataSource({
      url: database.url,
      schema: 'none',
      entities: entities as Function[],
      migrate: 'off',
      ...more,
    });
  const generate = async (entities: readonly Function[], migrations: Function[], at: number) => {
    const source = sourceOf(entities, { migrations });
    return generationOfSource(source, 'change-library', at);
  };
  const written = (generation: Generation) =>
    filesOf(generation.migrations, { basename: 'x', folder: '/', form: 'ts', timestamp: 0 }, '/');
  const run = async (entities: readonly Function[], migrations: Function[]) => {
    const more = { migrations, migrate: 'all', allowDestructive: true } as const;
    const source = sourceOf(entities, more);
    await source.initialize();
    const { upQueries } = await source.visit('a look', () =>
      source.driver.createSchemaBuilder().log(),
    );
    await source.destroy();
    return upQueries.map(({ query }) => query);
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    folder = new ProjectFolder();
    const start = sourceOf([], { migrate: 'safe' });
    await start.initialize();
    await start.destroy();
    first = written(await generate(LIBRARY_BEFORE, [], TIMESTAMP));
    const before = await folder.load(first);
    await run(LIBRARY_BEFORE, before);
    await database.asOwner(async (client) => {
      await client.query(`insert into authors (tenant_id, name) values ('${TENANT}', 'Ada')`);
      await client.query(
        `insert into books (tenant_id, title, pages, blurb) values ('${TENANT}', 'On engines', 77, 'old')`,
      );
    });
    next = await generate(LIBRARY_AFTER, before, TIMESTAMP + 1_000);
    second = written(next);
    classes = [...before, ...(await folder.load(second))];
  }, 60_000);
  afterAll(async () => {
    folder.remove();
    await database.drop();
  });

  it('come in stages: tables, indexes without a transaction, constraints, validation', () => {
    expect(second.map(({ file, transaction }) => [file, transaction])).toEqual([
      ['1800000001000-change-library.ts', true],
      ['1800000001001-change-library-indexes.ts', false],
      ['1800000001002-change-library-constraints.ts', true],
      ['1800000001003-change-library-validation.ts', true],
    ]);
    expect(first).toHaveLength(1);
  });

  it('lose nothing: a wider column is altered, and never dropped', () => {
    const text = second.map((one) => one.text).join('');
    expect(text).toContain('ALTER TABLE "authors" ALTER COLUMN "name" TYPE character varying(80)');
    expect(text).toContain('ALTER TABLE "books" ALTER COLUMN "title" TYPE text');
    const up = next.migrations.flatMap((one) => one.up.map(({ sql }) => sql));
    expect(up.filter((sql) => sql.includes('DROP COLUMN'))).toEqual([
      'ALTER TABLE "books" DROP COLUMN "shelf"',
    ]);
    expect(up.filter((sql) => /INDEX.*ix_books_title/.test(sql))).toEqual([]);
    expect(next.refused).toEqual([]);
    expect(next.notes).toEqual([
      expect.stringContaining('"books"."pages" from integer to bigint writes every row anew'),
      '"books"."shelf" is dropped with all its values',
    ]);
  });

  it('are read by the compiler without a complaint', async () => {
    const { writeFiles } = await import('../../../src/cli/migrations/written-files.js');
    await writeFiles([...first, ...second], folder.path);
    expect(folder.complaints([...first, ...second].map(({ file }) => file))).toEqual([]);
  }, 60_000);

  it('bring a table for tenants with its policies, rights and row-level security', async () => {
    const source = sourceOf(LIBRARY_AFTER, { migrations: classes });
    await source.describe();
    const shadow = await ShadowDatabase.open(source);
    await shadow.replay(migrationsInOrder(source));
    const [loans] = await shadow.ask(
      `select relrowsecurity as secured, relforcerowsecurity as forced,
         (select count(*)::int from pg_policy where polrelid = c.oid) as policies,
         has_table_privilege('rowguard_app', c.oid, 'INSERT') as writes,
         has_table_privilege('rowguard_app', c.oid, 'TRUNCATE') as truncates
       from pg_class c where relname = 'loans'`,
    );
    await shadow.close();
    expect(loans).toEqual({
      secured: true,
      forced: true,
      policies: 3,
      writes: true,
      truncates: false,
    });
  });

  it.each(['the shadow', 'a server'])(
    'undo themselves, and can be run again, on %s',
    async (place) => {
      const source = sourceOf(LIBRARY_AFTER, { migrations: classes });
      await source.describe();
      const shadow = await (place === 'a server'
        ? ShadowDatabase.openOnServer(source, process.env['ROWGUARD_TEST_URL'] ?? '')
        : ShadowDatabase.open(source));
      const tried = await new MigrationTrial(shadow).run(migrationsInOrder(source));
      await shadow.close();
      expect(tried.flatMap(({ problems }) => problems)).toEqual([]);
      expect(tried).toHaveLength(5);
    },
  );

  it('make nobody wait for an index, or for rows to be looked at', async () => {
    const source = sourceOf(LIBRARY_AFTER, { migrations: classes });
    await source.describe();
    const shadow = await ShadowDatabase.open(source);
    const all = migrationsInOrder(source);
    await shadow.replay(all.slice(0, 1));
    const traced = [];
    for (const migration of all.slice(1)) traced.push(await shadow.traceMigration(migration));
    await shadow.close();
    const locks = traced.map(({ statements }) => [
      ...new Set(
        statements.flatMap((one) =>
          one.locks.filter(({ table }) => table === 'public.books').map(({ mode }) => mode),
        ),
      ),
    ]);
    expect(locks[1]).toEqual(['ShareUpdateExclusiveLock']);
    expect(traced[3]?.statements[0]?.locks.map(({ mode }) => mode)).not.toContain(
      'AccessExclusiveLock',
    );
    expect(traced[0]?.statements.flatMap(({ rewrites }) => rewrites)).toEqual(['public.books']);
  });

  it('leave no difference behind, and every value where it was', async () => {
    expect(await run(LIBRARY_AFTER, classes)).toEqual([]);
    await database.asOwner(async (client) => {
      const books = await client.query('select title, pages, blurb from books');
      const authors = await client.query('select name from authors');
      expect(books.rows).toEqual([{ title: 'On engines', pages: '77', blurb: 'old' }]);
      expect(authors.rows).toEqual([{ name: 'Ada' }]);
    });
  });

  it('are written by the command, in each form that TypeORM reads', async () => {
    const empty = await ScratchDatabase.create();
    process.env['LIBRARY_URL'] = empty.url;
    const file = join(process.cwd(), 'test/medium/migrator/fixtures/library.data-source.ts');
    const place = { directory: folder.path };
    const ask = (...words: string[]) => cli(['migration:generate', ...words, '-d', file], place);

    const check = await ask('--check');
    const dry = await ask('m/first', '--dryrun');
    const isWritten = existsSync(join(folder.path, 'm'));
    const pretty = await ask('m/first', '--dr', '-p');
    const abbreviated = await ask('--ch');
    const js = await ask('m/first', '-o', '--esm', '-t', '1800000000000');
    const again = await ask('m/first', '-o', '--esm', '-t', '1800000000000');
    const short = await ask('m/first', '-t', '42');
    const none = await ask();
    delete process.env['LIBRARY_URL'];
    await empty.drop();

    expect(check.exitCode).toBe(ExitCode.Found);
    expect(dry.stdout).toContain('implements MigrationInterface');
    expect(isWritten).toBe(false);
    expect(pretty.stdout).toMatch(/^ {6}"name" character varying\(40\) NOT NULL,$/m);
    expect(abbreviated.exitCode).toBe(ExitCode.Found);
    expect(js.exitCode).toBe(ExitCode.Ok);
    expect(readdirSync(join(folder.path, 'm'))).toEqual(['1800000000000-first.js']);
    expect(again.exitCode).toBe(ExitCode.Usage);
    expect(short.stderr).toContain('13 digits');
    expect(none.exitCode).toBe(ExitCode.Usage);
  });
});
