import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { ExitCode } from '../../../src/cli/exit-code.js';
import { cli } from '../../support/cli-run.js';

const FIXTURES = join(process.cwd(), 'test/medium/migrator/fixtures');
const SERVER = process.env['ROWGUARD_TEST_URL'] ?? '';
const PLACES = [
  ['on the shadow', []],
  ['on a server', ['--url', SERVER]],
] as const;

interface Answer {
  readonly data: { tried: { name: string; problems: { kind: string; differences: string[] }[] }[] };
  readonly findings: { rule: string; subject: string }[];
}

describe('migration:test', () => {
  const run = async (file: string, ...words: string[]) => {
    const ran = await cli(['migration:test', '-d', join(FIXTURES, file), '--json', ...words]);
    return { ...ran, answer: JSON.parse(ran.stdout) as Answer };
  };

  beforeAll(() => {
    Logger.overrideLogger(false);
    process.env['TRIAL_URL'] = 'postgresql://nobody@127.0.0.1:1/none';
  });
  afterAll(() => {
    delete process.env['TRIAL_URL'];
  });

  it.each(PLACES)(
    'runs migrations up, down and up again %s, and finds them sound',
    async (_, place) => {
      const { exitCode, answer } = await run('warehouse.data-source.ts', ...place);
      expect(answer.findings).toEqual([]);
      expect(answer.data.tried).toHaveLength(4);
      expect(exitCode).toBe(ExitCode.Ok);
    },
  );

  it.each(PLACES)('names %s what each migration leaves behind, or cannot do', async (_, place) => {
    const { exitCode, answer } = await run('flawed.data-source.ts', ...place);
    expect(answer.findings.map(({ rule, subject }) => `${subject}: ${rule}`)).toEqual([
      'ForgetsTheIndex1900000000012: migration-down-differs',
      'UndoesNothing1900000000013: migration-down-missing',
      'CannotGoBack1900000000014: migration-down-throws',
      'HasNoDown1900000000015: migration-down-missing',
      'GrowsEachTime1900000000016: migration-up-again-differs',
      'Breaks1900000000017: migration-up-throws',
    ]);
    const forgets = answer.data.tried[1]?.problems[0];
    expect(forgets?.differences).toEqual([
      '+ index CREATE INDEX sound_code ON public.sound USING btree (code)',
    ]);
    expect(exitCode).toBe(ExitCode.Found);
  });

  it('tries one migration alone, after those before it', async () => {
    const { answer } = await run(
      'flawed.data-source.ts',
      '--only',
      'ForgetsTheIndex1900000000012',
      '--only',
      'UndoesNothing1900000000013',
    );
    expect(answer).toMatchObject({ error: null });
    expect(answer.data.tried.map(({ name }) => name)).toEqual([
      'ForgetsTheIndex1900000000012',
      'UndoesNothing1900000000013',
    ]);
  });

  it('refuses a name that no migration has', async () => {
    const { exitCode, stdout } = await run('warehouse.data-source.ts', '--only', 'Nothing');
    expect(stdout).toContain('There is no migration named Nothing');
    expect(exitCode).toBe(ExitCode.Failed);
  });

  it('refuses an address that is none of PostgreSQL', async () => {
    const { stdout } = await run('warehouse.data-source.ts', '--url', 'http://example.com');
    expect(stdout).toContain('ROWGUARD_INPUT_INVALID');
  });

  it('leaves no database on the server', async () => {
    await run('warehouse.data-source.ts', '--url', SERVER);
    const client = new pg.Client({ connectionString: SERVER });
    await client.connect();
    const { rows } = await client.query(
      `select datname from pg_database where datname ~ '^rowguard_trial_'`,
    );
    await client.end();
    expect(rows).toEqual([]);
  });

  it('finds all shipped migrations sound', async () => {
    const { stdout } = await cli(['migration:test', '--json'], { directory: FIXTURES });
    const { data, findings } = JSON.parse(stdout) as Answer;
    expect(findings).toEqual([]);
    expect(data.tried.length).toBeGreaterThan(10);
  });
});
