import { DatabaseError } from './database.error.js';

/** A database for tests cannot be made, or cannot do what was asked of it. */
export class TestDatabaseError extends DatabaseError {
  readonly code = 'ROWGUARD_TEST_DATABASE';
}
