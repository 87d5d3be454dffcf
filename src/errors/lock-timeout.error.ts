import { DatabaseError } from './database.error.js';

/** Somebody else holds what the statement needs, for longer than it was to wait. */
export class LockTimeoutError extends DatabaseError {
  readonly code = 'ROWGUARD_LOCK_TIMEOUT';
}
