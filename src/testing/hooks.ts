import { TestDatabaseError } from '../errors/test-database.error.js';
import type { TestDatabaseOptions } from './database/test-database.options.js';
import { TestDatabase } from './test-database.js';

type Hook = (work: (context?: unknown) => unknown, timeout?: number) => unknown;

/** What Jest and Vitest put on globalThis; node:test calls the outer two `before` and `after`. */
export interface TestHooks {
  readonly beforeAll: Hook;
  readonly beforeEach: Hook;
  readonly afterEach: Hook;
  readonly afterAll: Hook;
}

const START_MS = 120_000;

/**
 * A database for the tests of this file, each isolated as `isolation` says. Answers a function,
 * since the database is there only once the tests run.
 */
export function useTestDatabase(
  options: TestDatabaseOptions = {},
  hooks: Partial<TestHooks> = globalThis as Partial<TestHooks>,
): () => TestDatabase {
  const { beforeAll, beforeEach, afterEach, afterAll } = complete(hooks);
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await TestDatabase.start({ isolation: 'rollback', ...options });
  }, START_MS);
  beforeEach(() => database?.beginTest());
  // Without a parameter of its own: Jest would take it for a callback, and Vitest reads its form.
  afterEach(async function () {
    const [context] = arguments as unknown as [unknown?];
    if (hasFailed(context)) database?.keep();
    await database?.endTest();
  });
  afterAll(() => database?.stop());
  return () => {
    if (database) return database;
    throw new TestDatabaseError({
      problem: 'The test database was asked for before the tests have begun',
      mend: 'Call the function that useTestDatabase answers inside of a test or a hook',
    });
  };
}

function complete(hooks: Partial<TestHooks>): TestHooks {
  const { beforeAll, beforeEach, afterEach, afterAll } = hooks;
  if (beforeAll && beforeEach && afterEach && afterAll) {
    return { beforeAll, beforeEach, afterEach, afterAll };
  }
  throw new TestDatabaseError({
    problem: 'The hooks of the test runner are not on globalThis',
    mend: 'Pass them: useTestDatabase(options, { beforeAll, beforeEach, afterEach, afterAll }); with node:test, beforeAll is its before and afterAll its after',
  });
}

/** As Vitest and node:test tell it; Jest tells its environment, see `noteFailure`. */
function hasFailed(context: unknown): boolean {
  // Of Vitest it is a function.
  if (typeof context !== 'object' && typeof context !== 'function') return false;
  if (context === null) return false;
  const { task, passed } = context as { task?: { result?: { state?: string } }; passed?: boolean };
  return task?.result?.state === 'fail' || (passed === false && 'signal' in context);
}
