import { DatabaseError } from './database.error.js';

/** Migrations that cannot be tried out where nothing can be lost. */
export class ShadowError extends DatabaseError {
  readonly code = 'ROWGUARD_SHADOW';
}
