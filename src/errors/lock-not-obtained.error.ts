import { DatabaseError } from './database.error.js';

/** Migrations wait for each other, and this one could not have its turn. */
export class LockNotObtainedError extends DatabaseError {
  readonly code = 'ROWGUARD_LOCK_NOT_OBTAINED';
}
