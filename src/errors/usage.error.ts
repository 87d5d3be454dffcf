import { DatabaseError } from './database.error.js';

/** A command line that cannot be read. */
export class UsageError extends DatabaseError {
  readonly code = 'ROWGUARD_USAGE';
}
