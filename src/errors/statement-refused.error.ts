import { DatabaseError } from './database.error.js';

/** A statement could change whom the connection acts for, or outlive its request. */
export class StatementRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_STATEMENT_REFUSED';
}
