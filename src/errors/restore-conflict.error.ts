import { DatabaseError } from './database.error.js';

/** A deleted row cannot come back: a living one has its place by now. */
export class RestoreConflictError extends DatabaseError {
  readonly code = 'ROWGUARD_RESTORE_CONFLICT';
}
