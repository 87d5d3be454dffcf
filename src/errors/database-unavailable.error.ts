import { DatabaseError } from './database.error.js';

/** No connection could be made: nobody answers, the login is refused, or the server takes no more. */
export class DatabaseUnavailableError extends DatabaseError {
  readonly code = 'ROWGUARD_DATABASE_UNAVAILABLE';
}
