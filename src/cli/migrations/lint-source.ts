import { resolve } from 'node:path';
import { recordSource } from '../../migrator/recording/record-source.js';
import type { RecordedMigration } from '../../migrator/recording/recorded-migration.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { changedSince, sourcesOf } from './git-files.js';
import type { LintTarget, LintWishes } from './lint-target.js';

/** The migrations of the application; those that are shipped are only known. */
export async function targetOfSource(
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
