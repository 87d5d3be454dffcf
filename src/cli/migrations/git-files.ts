import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../errors/usage.error.js';
import type { SourcePlace } from '../../migrator/lint/formats/lint-format.js';

const run = promisify(execFile);
const LARGEST = 64 * 1024 * 1024;

export interface SourceOfMigration {
  readonly file: string;
  lineOf(sql: string): SourcePlace;
}

/** The files that differ from a commit, those that git does not know yet among them. */
export async function changedSince(ref: string, directory: string): Promise<ReadonlySet<string>> {
  const diff = [
    'diff',
    '--name-only',
    '--relative',
    '--diff-filter=d',
    '-z',
    '--end-of-options',
    ref,
    '--',
  ];
  try {
    const [changed, fresh] = await Promise.all([
      git(directory, diff),
      git(directory, ['ls-files', '--others', '--exclude-standard', '-z']),
    ]);
    const names = [changed, fresh].flatMap((list) => list.split('\0')).filter(Boolean);
    return new Set(names.map((name) => resolve(directory, name)));
  } catch (cause) {
    throw new UsageError({
      problem: `git cannot tell what changed since ${JSON.stringify(ref)}`,
      mend: 'Name a commit, a branch or a tag that is there, within a working tree; fetch it first where the clone is shallow',
      cause,
    });
  }
}

/** Where each migration stands, by its name; nothing where there is no git. */
export async function sourcesOf(
  directory: string,
): Promise<ReadonlyMap<string, SourceOfMigration>> {
  const pattern = '[A-Za-z_][A-Za-z0-9_]*[0-9]{13}';
  const search = [
    'grep',
    '--untracked',
    '-z',
    '-oE',
    pattern,
    '--',
    '*.ts',
    '*.mts',
    '*.js',
    '*.mjs',
  ];
  const told = await git(directory, search).catch(() => '');
  const found = new Map<string, SourceOfMigration>();
  const named = told.split('\n').flatMap((line) => {
    const [file, name] = line.split('\0');
    return file && name && !file.endsWith('.d.ts') ? [{ file, name }] : [];
  });
  for (const { file, name } of named) {
    if (found.has(name)) continue;
    const text = await readFile(resolve(directory, file), 'utf8').catch(() => '');
    if (!text.includes(`class ${name}`)) continue;
    found.set(name, { file, lineOf: (sql) => ({ file, line: lineOf(text, name, sql) }) });
  }
  return found;
}

/** Where the text of a statement begins in the source, else where its class does. */
function lineOf(source: string, name: string, sql: string): number {
  const [first = ''] = sql.trim().split('\n');
  const at = first === '' ? -1 : source.indexOf(first.trim());
  const place = at >= 0 ? at : Math.max(source.indexOf(`class ${name}`), 0);
  return source.slice(0, place).split('\n').length;
}

async function git(directory: string, words: readonly string[]): Promise<string> {
  const { stdout } = await run('git', [...words], { cwd: directory, maxBuffer: LARGEST });
  return stdout;
}
