import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cli } from '../../support/cli-run.js';

const FILE = join(process.cwd(), 'test/unit/cli/fixtures/migrating.ts');

interface Told {
  readonly findings: readonly {
    readonly rule: string;
    readonly migration: string;
    readonly severity: string;
    readonly file?: string;
    readonly fileLine?: number;
  }[];
}

describe('rowguard migration:lint', () => {
  let directory: string;

  const lint = (...words: string[]) => cli(['migration:lint', ...words], { directory });
  const told = async (...words: string[]) =>
    (JSON.parse((await lint('--format', 'json', ...words)).stdout) as Told).findings;
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
  const git = (...words: string[]) => execFileSync('git', words, { cwd: directory, stdio: 'pipe' });

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), 'rowguard-lint-')));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('stops a column that TypeORM would drop and add again, without a database', async () => {
    const { exitCode, stdout } = await lint('-d', FILE);

    expect(exitCode).toBe(4);
    expect(stdout).toContain('D06 destructive');
    expect(stdout).toContain('GrowName1790000000002, statement 1, line 1');
    expect(stdout).toContain('bad:     ALTER TABLE "things" DROP COLUMN "name"');
    expect(stdout).toContain('good:    ALTER TABLE "users" ALTER COLUMN "name" TYPE varchar(200)');
    expect(stdout).toMatch(/1 destructive, .* in 2 migrations, 4 statements/);
  });

  it('says nothing of the shipped migrations, and takes the options of the data source', async () => {
    const rules = (await told('-d', FILE)).map(({ rule, migration }) => `${rule} ${migration}`);

    expect(rules).toEqual([
      'D06 GrowName1790000000002',
      'B20 GrowName1790000000002',
      'N02 GrowName1790000000002',
    ]);
  });

  it('takes all migrations for one batch only when it is told to', async () => {
    const rules = (await told('-d', FILE, '--batch')).map(({ rule }) => rule);

    expect(rules).toEqual(['N02', 'L02']);
  });

  it('exits with 4 on the severities that are asked for, and on no others', async () => {
    write('a.sql', 'DROP TABLE a;');

    const codes = await Promise.all(
      [['D'], ['destructive'], ['blocks'], ['B,F'], ['style'], ['none'], []].map(
        async (words) =>
          (await lint('a.sql', ...words.flatMap((one) => ['--fail-on', one]))).exitCode,
      ),
    );

    expect(codes).toEqual([4, 4, 0, 0, 4, 0, 4]);
  });

  it('exits with 0 and says so when nothing is found', async () => {
    write('a.sql', 'CREATE TABLE IF NOT EXISTS "public"."a" ("id" bigint PRIMARY KEY);');

    const { exitCode, stdout, stderr } = await lint('a.sql', '--verbose');

    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing found in 1 migrations, 1 statements');
  });

  it('reads a file as psql does: on its own is each statement that no BEGIN goes before', async () => {
    write('a.sql', 'DROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON a (b);');
    write('b.sql', 'BEGIN;\nCREATE INDEX CONCURRENTLY i ON a (b);\nCOMMIT;');

    const found = await told('a.sql', 'b.sql');

    expect(found.filter(({ rule }) => rule === 'B04').map(({ migration }) => migration)).toEqual([
      'b.sql',
    ]);
  });

  it('points to the character, also behind letters of several bytes and in a block', async () => {
    write('a.sql', "SELECT 'größe 😀'; DROP TABLE a;\nDO $$\nBEGIN\n  TRUNCATE b;\nEND $$;");

    const { stdout } = await lint('a.sql');

    expect(stdout).toContain("bad:     SELECT 'größe 😀'; DROP TABLE a;");
    expect(stdout).toContain(`${' '.repeat(11 + 19)}^`);
    expect(stdout).toContain('D04 destructive  a.sql:4');
  });

  it('judges only what changed since a commit, with the rest as what is there', async () => {
    git('init', '-q');
    write('1.sql', 'CREATE TABLE a (id int); DROP TABLE z;');
    write('2.sql', 'DROP TABLE y;');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-qm', 'first');
    write('2.sql', 'DROP TABLE x;');
    write('3.sql', 'CREATE INDEX i ON a (id);');

    const found = await told('1.sql', '2.sql', '3.sql', '--since', 'HEAD');
    const blocking = found.filter(({ severity }) => severity !== 'style');

    expect(blocking.map(({ rule, migration }) => `${migration} ${rule}`)).toEqual([
      '2.sql D01',
      '3.sql B01',
    ]);
  });

  it('names the file and the line of a migration in TypeScript', async () => {
    const found = await cli(['migration:lint', '-d', FILE, '--format', 'json'], {
      directory: process.cwd(),
    });
    const [first] = (JSON.parse(found.stdout) as Told).findings;
    const lines = readFileSync(FILE, 'utf8').split('\n');

    expect(first).toMatchObject({
      rule: 'D06',
      file: 'test/unit/cli/fixtures/migrating.ts',
      fileLine: lines.findIndex((line) => line.includes('DROP COLUMN')) + 1,
    });
  });

  it.each([
    [['--format', 'xml'], 'The format "xml" is not known'],
    [['--format', 'sarrif'], 'Did you mean sarif?'],
    [['--fail-on', 'X'], 'The severity "X" is not known'],
    [['--fail-on', 'none,D'], 'The severity "none" is not known'],
    [['nothing.sql'], 'The file nothing.sql cannot be read'],
    [['a.ts'], 'a.ts is no file of SQL'],
    [['a.sql', '--since', 'no-such-commit'], 'git cannot tell what changed since'],
    [['a.sql', '--since', '--output=x'], 'needs a value'],
  ])('refuses %j with a word on what to do', async (words, sentence) => {
    const { exitCode, stderr } = await lint(...words);

    expect(exitCode).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('what to do:');
  });

  it('answers with one JSON object like every command', async () => {
    write('a.sql', 'DROP TABLE a;');

    const { stdout } = await lint('a.sql', '--json');
    const { exitCode, findings } = JSON.parse(stdout) as {
      exitCode: number;
      findings: { rule: string; severity: string; subject: string }[];
    };

    expect(exitCode).toBe(4);
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'D01', severity: 'error', subject: 'a.sql#0' }),
    );
  });
});
