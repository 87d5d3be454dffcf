import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { createDataSource } from 'nestjs-rowguard';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { cli } from '../../support/cli-run.js';
import { LIBRARY_BEFORE } from '../../support/migrations/library.js';
import { ScratchDatabase } from '../../support/scratch-database.js';

const FIXTURES = join(process.cwd(), 'test/medium/migrator/fixtures');

describe('commands that look at migrations', () => {
  let database: ScratchDatabase;
  const directory = mkdtempSync(join(tmpdir(), 'rowguard-plan-'));

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    const source = createDataSource({
      url: database.url,
      schema: 'none',
      entities: LIBRARY_BEFORE,
    });
    await source.initialize();
    await source.destroy();
    process.env['LIBRARY_URL'] = database.url;
    process.env['TRIAL_URL'] = database.url;
  });
  afterAll(async () => {
    delete process.env['LIBRARY_URL'];
    delete process.env['TRIAL_URL'];
    rmSync(directory, { recursive: true });
    await database.drop();
  });

  const run = (file: string, ...words: string[]) =>
    cli([...words, '-d', join(FIXTURES, file)], { directory });

  it('migration:plan shows statements, locks and rewrites, and writes them as a script', async () => {
    const text = await run('warehouse.data-source.ts', 'migration:plan', '--sql', 'next.sql');
    const json = await run(
      'warehouse.data-source.ts',
      'migration:plan',
      '--mode',
      'record',
      '--json',
    );
    const script = readFileSync(join(directory, 'next.sql'), 'utf8');

    expect(text.exitCode).toBe(ExitCode.Ok);
    expect(text.stdout).toContain('IndexCodes1900000000004  without a transaction');
    expect(text.stdout).toContain('4 pending, 0 applied; nothing was run');
    expect(script).toContain('CREATE INDEX CONCURRENTLY bins_code ON bins (code);');
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'migration:plan',
      data: {
        mode: 'record',
        applied: 0,
        migrations: [{ name: 'CreateBins1900000000001' }, {}, {}, {}],
      },
    });
  });

  it('migration:run --dry-run shows the same, and runs nothing', async () => {
    const { exitCode, stdout } = await run(
      'warehouse.data-source.ts',
      'migration:run',
      '--dry-run',
    );
    const again = await run('warehouse.data-source.ts', 'migration:plan', '--mode', 'record');

    expect(exitCode).toBe(ExitCode.Ok);
    expect(stdout).toContain('CREATE INDEX CONCURRENTLY bins_code ON bins (code)');
    expect(stdout).toContain('4 pending, 0 applied; nothing was run');
    expect(again.stdout).toContain('4 pending, 0 applied');
  });

  it('migration:plan refuses a mode that there is not, and a file that cannot be written', async () => {
    const mode = await run('warehouse.data-source.ts', 'migration:plan', '--mode', 'guess');
    const file = await run(
      'warehouse.data-source.ts',
      'migration:plan',
      '--mode',
      'record',
      '--sql',
      'no/where.sql',
    );
    expect([mode.exitCode, file.exitCode]).toEqual([ExitCode.Usage, ExitCode.Usage]);
  });

  it('migration:generate refuses what would lose values, with the steps to go, and writes nothing', async () => {
    const text = await run('narrowed.data-source.ts', 'migration:generate', 'made/narrow');
    const json = await run(
      'narrowed.data-source.ts',
      'migration:generate',
      'made/narrow',
      '--json',
    );
    const { findings } = JSON.parse(json.stdout) as { findings: { subject: string }[] };

    expect(text.exitCode).toBe(ExitCode.Blocked);
    expect(text.stdout).toContain('from character varying(50) to character varying(10)');
    expect(text.stdout).toContain('1. expand:');
    expect(findings.map(({ subject }) => subject).toSorted()).toEqual([
      '"books"."pages"',
      '"books"."publisher"',
      '"books"."title"',
    ]);
    expect(existsSync(join(directory, 'made'))).toBe(false);
  });

  it('migration:generate wants pending migrations to be run first', async () => {
    const { stderr, exitCode } = await run(
      'warehouse.data-source.ts',
      'migration:generate',
      'made/x',
    );
    expect(stderr).toContain('4 migrations are pending');
    expect(exitCode).toBe(ExitCode.Failed);
  });

  it('migration:generate says so where there is nothing to generate', async () => {
    const plain = await run('library.data-source.ts', 'migration:generate', 'made/x');
    const check = await run('library.data-source.ts', 'migration:generate', '--check');
    expect(plain.exitCode).toBe(ExitCode.Failed);
    expect(check.exitCode).toBe(ExitCode.Ok);
    expect(existsSync(join(directory, 'made'))).toBe(false);
  });
});
