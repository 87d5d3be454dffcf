import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError } from '../../errors/usage.error.js';
import type { GeneratedMigration } from '../../migrator/generate/generated-migration.js';
import { type FileForm, migrationFile } from '../../migrator/generate/migration-file.js';

export interface FileWishes {
  readonly outputJs: boolean;
  readonly esm: boolean;
  readonly timestamp: string | undefined;
}

export interface MigrationPlace {
  /** Without its timestamp. */
  readonly basename: string;
  readonly folder: string;
  readonly form: FileForm;
  readonly timestamp: number;
}

export interface MigrationFile {
  readonly file: string;
  readonly className: string;
  readonly transaction: boolean;
  readonly text: string;
}

export function placeOf(
  words: readonly string[],
  directory: string,
  wishes: FileWishes,
): MigrationPlace {
  const [path] = words;
  if (path === undefined) throw noPath();
  const full = resolve(directory, path);
  const js = wishes.esm ? 'esm' : 'cjs';
  return {
    basename: basename(full),
    folder: dirname(full),
    form: wishes.outputJs ? js : 'ts',
    timestamp: wishes.timestamp === undefined ? Date.now() : Number(wishes.timestamp),
  };
}

export function filesOf(
  migrations: readonly GeneratedMigration[],
  place: MigrationPlace,
  directory: string,
  isPretty = false,
): MigrationFile[] {
  const ending = place.form === 'ts' ? 'ts' : 'js';
  return migrations.map((one) => ({
    file: relative(directory, join(place.folder, `${one.fileName}.${ending}`)),
    className: one.className,
    transaction: one.transaction,
    text: migrationFile(one, place.form, isPretty),
  }));
}

/** Never over a file that is there. */
export async function writeFiles(
  files: readonly MigrationFile[],
  directory: string,
): Promise<void> {
  for (const { file, text } of files) {
    const path = resolve(directory, file);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    } catch (cause) {
      throw cannotWrite(file, cause as Error);
    }
  }
}

function noPath(): UsageError {
  return new UsageError({
    problem: 'It is not said where the migration is to be written',
    mend: 'Write the path without timestamp and ending, such as src/migrations/add-orders',
  });
}

function cannotWrite(file: string, cause: Error): UsageError {
  return new UsageError({
    problem: `The file ${file} cannot be written: ${cause.message}`,
    mend: 'Name another path, in a folder that may be written to',
    cause,
  });
}
