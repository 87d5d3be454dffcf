import type { DatabaseModuleOptions } from './database.options.js';
import { DatabaseError } from './errors/database.error.js';
import { DatabaseUnavailableError } from './errors/database-unavailable.error.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';
import { readOptions } from './read-options.js';
import { RowguardDataSource } from './rowguard.data-source.js';

/**
 * Connects once, as the options or the environment say, and changes nothing. True, or an error that
 * says what is wrong: a `false` that somebody forgets to look at would read as a database.
 */
export async function testDbConnection(
  urlOrOptions: string | DatabaseModuleOptions = {},
): Promise<boolean> {
  const options = typeof urlOrOptions === 'string' ? asUrl(urlOrOptions) : urlOrOptions;
  await connectOnce(new RowguardDataSource(readOptions(options)));
  return true;
}

/** The data source can be opened afterwards, or tried again. */
export async function connectOnce(source: RowguardDataSource): Promise<void> {
  try {
    await source.visit('connection test', () => source.query('select 1'));
  } catch (cause) {
    throw cause instanceof DatabaseError ? cause : unreachable(cause);
  }
}

function asUrl(url: string): DatabaseModuleOptions {
  if (url.trim() !== '') return { url };
  throw new InvalidOptionsError({
    problem: 'The address of the database is empty',
    mend: 'Give a URL of the form postgresql://…, or nothing to take DATABASE_URL',
  });
}

/** Without the message of the driver, which names the address and the login. */
function unreachable(cause: unknown): DatabaseUnavailableError {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return new DatabaseUnavailableError({
    problem: `The database does not answer, or refuses the login${typeof code === 'string' ? ` (${code})` : ''}`,
    mend: 'Check that the server runs, and that host, port, database and login are right in DATABASE_URL',
    cause,
  });
}
