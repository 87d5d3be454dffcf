import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../errors/usage.error.js';
import type { PlaceOf } from '../../migrator/lint/formats/lint-format.js';
import type { LintOptions } from '../../migrator/lint/lint-options.js';
import { recordSource } from '../../migrator/recording/record-source.js';
import type { RecordedMigration } from '../../migrator/recording/recorded-migration.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { changedSince, sourcesOf } from './git-files.js';

export interface LintTarget {
  readonly migrations: readonly RecordedMigration[];
  readonly options: LintOptions;
  readonly placeOf: PlaceOf;
}

interface LintWishes {
  readonly since: string | undefined;
  readonly asOneBatch: boolean;
}

/** What there is to judge: the files that are named, else the migrations of the data source. */
export async function lintTarget(
  entitySource: () => Promise<RowguardDataSource>,
  files: readonly string[],
  directory: string,
  wishes: LintWishes,
): Promise<LintTarget> {
  return files.length > 0
    ? targetOfFiles(files, directory, wishes)
    : targetOfSource(await entitySource(), directory, wishes);
}

async function targetOfFiles(
  files: readonly string[],
  directory: string,
  { since, asOneBatch }: LintWishes,
): Promise<LintTarget> {
  const changed = since === undefined ? undefined : await changedSince(since, directory);
  const wanted = changed ? files.filter((file) => changed.has(resolve(directory, file))) : files;
  const migrations = await Promise.all(wanted.map((file) => migrationOfFile(file, directory)));
  const batches = asOneBatch || changed ? 'one' : 'each';
  return {
    migrations,
    options: { batches, sent: 'apart' },
    placeOf: ({ migration, line, column }) => ({ file: migration, line, column }),
  };
}

/** As psql runs it: a statement is on its own unless the file says BEGIN. */
async function migrationOfFile(file: string, directory: string): Promise<RecordedMigration> {
  if (!file.endsWith('.sql')) {
    throw new UsageError({
      problem: `${file} is no file of SQL`,
      mend: 'Name files that end in .sql; migrations in TypeScript are read from the data source, see -d',
    });
  }
  const sql = await readFile(resolve(directory, file), 'utf8').catch((cause: Error) => {
    throw new UsageError({
      problem: `The file ${file} cannot be read: ${cause.message}`,
      mend: 'Name a file that exists',
      cause,
    });
  });
  return {
    name: file,
    timestamp: 0,
    direction: 'up',
    statements: [{ sql }],
    transaction: false,
    isDynamic: false,
  };
}

async function targetOfSource(
  source: RowguardDataSource,
  directory: string,
  { since, asOneBatch }: LintWishes,
): Promise<LintTarget> {
  await source.describe();
  const ups = await recordSource(source);
  const downs = await recordSource(source, 'down');
  const { shipped } = source.migrationHost;
  const files = await sourcesOf(directory);
  const changed = since === undefined ? undefined : await changedSince(since, directory);
  const { lint } = source.databaseOptions;
  const isHistory = ({ name }: RecordedMigration): boolean => {
    const file = files.get(name)?.file;
    if (shipped.has(name)) return true;
    return changed !== undefined && (file === undefined || !changed.has(resolve(directory, file)));
  };
  return {
    migrations: [...ups, ...downs],
    options: { batches: asOneBatch || changed ? 'one' : 'each', ...lint, isHistory },
    placeOf: ({ migration, sql }) => files.get(migration)?.lineOf(sql),
  };
}
