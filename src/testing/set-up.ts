import { TestDatabaseError } from '../errors/test-database.error.js';
import type { RowguardDataSource } from '../rowguard.data-source.js';
import type { TestDatabaseOptions } from './database/test-database.options.js';
import { TestDatabase } from './test-database.js';

const databases = new WeakMap<object, TestDatabase>();

/** A data source on a database of its own with the whole shipped schema; `destroy()` ends both. */
export async function setupTestDatabase(
  options: TestDatabaseOptions = {},
): Promise<RowguardDataSource> {
  const database = await TestDatabase.start({ schema: 'all', isolation: 'truncate', ...options });
  const { source } = database;
  databases.set(source, database);
  return Object.assign(source, { destroy: () => database.stop() });
}

/** Takes out all rows that were written since `setupTestDatabase`. */
export async function clearTestDatabase(
  database: RowguardDataSource | TestDatabase,
): Promise<void> {
  const known = database instanceof TestDatabase ? database : databases.get(database);
  // Whatever else it is may be somebody's real database.
  if (!known) throw notOurs();
  await known.clear();
}

function notOurs(): TestDatabaseError {
  return new TestDatabaseError({
    problem: 'clearTestDatabase was given what setupTestDatabase has not made; nothing was deleted',
    mend: 'Pass the data source that setupTestDatabase answered, or a TestDatabase',
  });
}
