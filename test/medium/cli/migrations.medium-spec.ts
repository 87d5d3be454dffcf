import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { cli } from '../../support/cli-run.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const FILE = resolve('test/medium/cli/fixtures/letters.data-source.ts');

describe('the commands of migrations', () => {
  let database: ScratchDatabase;
  let folder: string;
  let before: string | undefined;

  const run = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await cli([...words, '-d', FILE, '--json'], {
      directory: folder,
    });
    const { data, findings, error } = JSON.parse(stdout) as {
      data: Record<string, unknown> | null;
      findings: { rule: string }[];
      error: { code: string; message: string; hint: string } | null;
    };
    return { exitCode, data, findings, error, stderr };
  };

  beforeAll(async () => {
    before = process.env['DATABASE_URL'];
    database = await ScratchDatabase.create();
    process.env['DATABASE_URL'] = database.url;
  });
  afterAll(async () => {
    if (before === undefined) delete process.env['DATABASE_URL'];
    else process.env['DATABASE_URL'] = before;
    await database.drop();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rowguard-cli-'));
    await database.asOwner((client) =>
      client.query('drop table if exists letters, migrations, migrations_meta'),
    );
  });
  afterEach(() => {
    delete process.env['LETTERS_EDITED'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('show, run, undo and show again', async () => {
    const pending = await run('migration:show', '--check', '--pending');
    const one = await run('migration:run', '--step', '1');
    const rest = await run('migration:run');
    const none = await run('migration:run');
    const undone = await run('migration:revert', '--to', 'CreateLetters1700000000000');
    const after = await run('migration:show', '--check');

    expect([pending.exitCode, pending.data?.['pending']]).toEqual([3, 2]);
    expect([one, rest, none].map(({ exitCode, data }) => [exitCode, data?.['ran']])).toEqual([
      [0, ['CreateLetters1700000000000']],
      [0, ['IndexLetters1700000000001']],
      [0, []],
    ]);
    expect([undone.exitCode, undone.data]).toEqual([0, { undone: ['IndexLetters1700000000001'] }]);
    expect([after.exitCode, after.data?.['pending']]).toEqual([3, 1]);
  });

  it('exit with 5 where an applied file was edited, and with 0 once it is repaired', async () => {
    await run('migration:validate', '--write');
    await run('migration:run', '--step', '1');
    process.env['LETTERS_EDITED'] = 'yes';

    const looked = await run('migration:validate');
    const refused = await run('migration:run');
    const unreasoned = await run('migration:repair');
    await run('migration:repair', '--reason', 'a default that nobody used');
    await run('migration:validate', '--write');
    const ran = await run('migration:run');

    expect([looked.exitCode, looked.findings.map(({ rule }) => rule)]).toEqual([
      5,
      ['edited', 'not-as-locked'],
    ]);
    expect([refused.exitCode, refused.error?.code]).toEqual([5, 'ROWGUARD_MIGRATION_HISTORY']);
    expect([unreasoned.exitCode, unreasoned.error?.code]).toEqual([1, 'ROWGUARD_INPUT_INVALID']);
    expect(ran.exitCode).toBe(0);
    expect(readFileSync(join(folder, 'migrations.lock.json'), 'utf8')).toContain('"head"');
  });

  it('exit with 6 where another process holds the lock for longer than asked', async () => {
    const holder = new pg.Client({ connectionString: database.url, application_name: 'a deploy' });
    await holder.connect();
    await holder.query(
      `select pg_advisory_lock(hashtextextended('rowguard:public:migrations', 0))`,
    );

    const { exitCode, error } = await run('migration:run', '--lock-wait', '0');
    await holder.end();

    expect([exitCode, error?.code]).toEqual([6, 'ROWGUARD_LOCK_NOT_OBTAINED']);
    expect(error?.message).toContain('a deploy');
  });

  it('take a database as it is', async () => {
    const unnamed = await run('migration:baseline');
    const taken = await run('migration:baseline', '--to', 'CreateLetters1700000000000');

    expect(unnamed.exitCode).toBe(2);
    expect(taken.data).toEqual({ applied: ['CreateLetters1700000000000'] });
  });

  it.each([
    ['migration:run', '--step', 'two'],
    ['migration:revert', '--lock-wait', '-1'],
  ])('refuse %s %s %s', async (...words) => {
    expect((await run(...words)).exitCode).toBe(2);
  });
});
