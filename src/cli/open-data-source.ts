import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { UsageError } from '../errors/usage.error.js';
import { readOptions } from '../read-options.js';
import { RowguardDataSource } from '../rowguard.data-source.js';
import type { CliHost } from './cli-host.js';
import { findDataSourceFile, loadDataSource } from './data-source-file.js';

const DEFAULT_DIRECTORY = '.rowguard';

/** From the file of the application, else from the environment alone. Nothing is connected yet. */
export async function openDataSource(
  given: string | undefined,
  { directory, environment }: CliHost,
): Promise<RowguardDataSource> {
  const file = findDataSourceFile(given, directory);
  if (file !== undefined) return loadDataSource(file);
  const options = readOptions({}, environment);
  const engine = typeof options.embedded === 'string' ? options.embedded : DEFAULT_DIRECTORY;
  // Opening the embedded engine would create it, and a command looks at what is there.
  if (options.url === undefined && !existsSync(resolve(directory, engine))) throw noDatabase();
  return new RowguardDataSource(options);
}

/** For what only asks which tables there are. Nothing is connected. */
export async function openEntitySource(
  given: string | undefined,
  { directory }: CliHost,
): Promise<RowguardDataSource> {
  const file = findDataSourceFile(given, directory);
  if (file !== undefined) return loadDataSource(file);
  return new RowguardDataSource(readOptions({ schema: 'all', embedded: 'memory' }, {}));
}

function noDatabase(): UsageError {
  return new UsageError({
    problem:
      'No database is known: there is no data source file, no DATABASE_URL and no embedded engine here',
    mend: 'Name the file of your data source with -d, or set DATABASE_URL',
  });
}
