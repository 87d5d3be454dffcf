import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ToldTest {
  readonly fullName: string;
  readonly status: string;
}

export interface ToldFile {
  readonly name: string;
  readonly assertionResults: readonly ToldTest[];
}

/** Runs the test files whose path has one of these parts, in a process of their own. */
export function runTests(parts: readonly string[]): ToldFile[] {
  const directory = mkdtempSync(join(tmpdir(), 'rowguard-told-'));
  const output = join(directory, 'tests.json');
  const known = readdirSync('test', { recursive: true }).map(String);
  const paths = parts.flatMap((part) => known.filter((file) => file.includes(part)));
  spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--json',
      `--outputFile=${output}`,
      '--testPathPatterns',
      ...paths,
    ],
    { stdio: ['ignore', 'ignore', 'ignore'], env: { ...process.env, ROWGUARD_BARS: '' } },
  );
  const told = JSON.parse(readFileSync(output, 'utf8')) as { testResults: ToldFile[] };
  rmSync(directory, { recursive: true, force: true });
  return told.testResults;
}
