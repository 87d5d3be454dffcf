import { DatabaseError } from './database.error.js';

/** Stored content does not match the hash that was written with it. */
export class ContentDamagedError extends DatabaseError {
  readonly code = 'ROWGUARD_CONTENT_DAMAGED';
}
