export { TestDatabase, type TestDatabaseOptions } from './test-database.js';
