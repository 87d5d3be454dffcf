import { DatabaseError } from './database.error.js';

/** Somebody else wrote a newer version than the one this change was made from. */
export class VersionConflictError extends DatabaseError {
  readonly code = 'ROWGUARD_VERSION_CONFLICT';
}
