import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type MigrationInterface } from 'typeorm';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { stockTypeOrm } from '../../support/stock-typeorm.js';

const SEVERAL_STARTS_MS = 60_000;

class CreateLetters1700000000000 implements MigrationInterface {
  up = () => Promise.resolve();
  down = () => Promise.resolve();
}
class IndexLetters1700000000001 implements MigrationInterface {
  up = () => Promise.resolve();
  down = () => Promise.resolve();
}

describe.each([
  ['ESM', 'esm/data-source.js'],
  ['CommonJS', 'cjs/data-source.cjs'],
])("TypeORM's own command line on a data source in %s", (_, file) => {
  let database: ScratchDatabase;
  let folder: string;
  const path = resolve('test/medium/migrator/fixtures', file);

  const typeorm = (command: string, ...words: string[]) =>
    stockTypeOrm([command, ...words, '-d', path], { DATABASE_URL: database.url });
  const ask = async (sql: string): Promise<unknown[]> =>
    database.asOwner(async (client) => (await client.query<object>(sql)).rows);
  const tables = async () =>
    (await ask(`select relname::text as name from pg_class where relkind = 'r'
      and relnamespace = 'public'::regnamespace order by 1`)) as { name: string }[];
  const indexes = () => ask(`select 1 from pg_class where relname = 'ix_letters_text'`);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rowguard-stock-'));
    database = await ScratchDatabase.create();
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it(
    'shows what is pending, and changes nothing by it',
    async () => {
      const { code, output } = await typeorm('migration:show');

      expect([code, await tables()]).toEqual([0, []]);
      expect(output).toContain('[ ] CreateLetters1700000000000');
    },
    SEVERAL_STARTS_MS,
  );

  it(
    'runs, reverts one without a transaction, and runs it again',
    async () => {
      const first = await typeorm('migration:run');
      const afterRun = [await tables(), (await indexes()).length];
      const back = await typeorm('migration:revert');
      const afterRevert = [await tables(), (await indexes()).length];
      const shown = await typeorm('migration:show');
      const second = await typeorm('migration:run');

      const names = ['letters', 'migrations', 'migrations_meta'].map((name) => ({ name }));
      expect([first.code, back.code, shown.code, second.code]).toEqual([0, 0, 0, 0]);
      expect(afterRun).toEqual([names, 1]);
      expect(afterRevert).toEqual([names, 0]);
      expect(shown.output).toMatch(/\[X\] CreateLetters[^]*\[ \] IndexLetters/);
      expect((await indexes()).length).toBe(1);
    },
    SEVERAL_STARTS_MS,
  );

  it(
    'secures what it has created, and leaves a history that TypeORM alone can read',
    async () => {
      await typeorm('migration:run');
      const [secured] = await ask(
        `select relrowsecurity, relforcerowsecurity from pg_class where relname = 'letters'`,
      );
      const plain = new DataSource({
        type: 'postgres',
        url: database.url,
        migrations: [CreateLetters1700000000000, IndexLetters1700000000001],
      });
      await plain.initialize();
      const isPending = await plain.showMigrations();
      await plain.destroy();

      expect(secured).toEqual({ relrowsecurity: true, relforcerowsecurity: true });
      expect(isPending).toBe(false);
    },
    SEVERAL_STARTS_MS,
  );

  it(
    'generates what the entities have and the tables lack, without running what is pending',
    async () => {
      const before = await typeorm('migration:generate', join(folder, 'Everything'), '-o');
      const untouched = await tables();
      await typeorm('migration:run');
      const { code } = await typeorm('migration:generate', join(folder, 'AddSubject'), '-o');

      const written = readdirSync(folder).find((name) => name.includes('AddSubject')) ?? '';
      expect([before.output, before.code, code, untouched]).toEqual([before.output, 0, 0, []]);
      expect(readFileSync(join(folder, written), 'utf8')).toContain('ADD "subject" text');
    },
    SEVERAL_STARTS_MS,
  );
});
