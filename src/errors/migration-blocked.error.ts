import { DatabaseError } from './database.error.js';

/** A migration that may lose data, and that nobody has approved as it is written. */
export class MigrationBlockedError extends DatabaseError {
  readonly code = 'ROWGUARD_MIGRATION_BLOCKED';
}
