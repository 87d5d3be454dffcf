import { DatabaseError } from './database.error.js';

/** Nothing answers, or the login was refused. */
export class DatabaseUnreachableError extends DatabaseError {
  readonly code = 'ROWGUARD_UNREACHABLE';
}
