import { DatabaseError } from './database.error.js';

/** The tenant has no such row. A foreign row and a missing row read the same. */
export class RowNotFoundError extends DatabaseError {
  readonly code = 'ROWGUARD_ROW_NOT_FOUND';
}
