import { DatabaseError } from './database.error.js';

/** What a check of `nestjs-rowguard/testing` has found, in words for whoever reads the failed test. */
export class TestFailureError extends DatabaseError {
  readonly code = 'ROWGUARD_TEST_FAILURE';
}
