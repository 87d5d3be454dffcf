import { DatabaseError } from './database.error.js';

/** A statement was ended by the server: it ran for too long, or somebody cancelled it. */
export class StatementTimeoutError extends DatabaseError {
  readonly code = 'ROWGUARD_STATEMENT_TIMEOUT';
}
