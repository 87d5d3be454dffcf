export { TestDatabase } from './test-database.js';
export type {
  TestDatabaseOptions,
  TestEngine,
  TestIsolation,
} from './database/test-database.options.js';
export { Factory, type FactoryOptions, factory } from './factories/factory.js';
export { type TestHooks, useTestDatabase } from './hooks.js';
export {
  type ExpectIsolatedOptions,
  type IsolationReport,
  expectIsolated,
} from './isolated/expect-isolated.js';
export { noteFailure } from './keep-on-failure.js';
export {
  type CountedQuery,
  type CountedWork,
  type RepeatedQuery,
  expectNoRepeatedQueries,
  expectQueries,
  repeatedQueries,
} from './measured/query-count.js';
export { withTestDatabase } from './nest.js';
export { globalSetup, globalTeardown } from './server/global-hooks.js';
export { clearTestDatabase, setupTestDatabase } from './set-up.js';
