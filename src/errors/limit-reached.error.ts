import { DatabaseError } from './database.error.js';

/** What was asked for is more than what is left. */
export class LimitReachedError extends DatabaseError {
  readonly code = 'ROWGUARD_LIMIT_REACHED';
}
