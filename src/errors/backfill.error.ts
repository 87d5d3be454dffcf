import { DatabaseError } from './database.error.js';

/** A backfill that cannot begin, or cannot go on; what it has done is kept. */
export class BackfillError extends DatabaseError {
  readonly code = 'ROWGUARD_BACKFILL';
}
