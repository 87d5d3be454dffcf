import { DatabaseError } from './database.error.js';

/** A change that cannot be taken back, or not without losing what came after it. */
export class RevertRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_REVERT_REFUSED';
}
