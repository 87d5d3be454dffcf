import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '../../errors/usage.error.js';
import type { PlaceOf } from '../../migrator/lint/formats/lint-format.js';
import type { LintOptions } from '../../migrator/lint/lint-options.js';
import type { RecordedMigration } from '../../migrator/recording/recorded-migration.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { changedSince } from './git-files.js';

export interface LintTarget {
  readonly migrations: readonly RecordedMigration[];
  readonly options: LintOptions;
  readonly placeOf: PlaceOf;
}

export interface LintWishes {
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
  if (files.length > 0) return targetOfFiles(files, directory, wishes);
  // Files of SQL are judged without TypeORM and the entities, which take seconds to load.
  const { targetOfSource } = await import('./lint-source.js');
  return targetOfSource(await entitySource(), directory, wishes);
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
