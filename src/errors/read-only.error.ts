import { DatabaseError } from './database.error.js';

/** A write where nothing can be written: a replica, or a transaction that said so. */
export class ReadOnlyError extends DatabaseError {
  readonly code = 'ROWGUARD_READ_ONLY';
}
