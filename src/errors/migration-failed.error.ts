import { DatabaseError } from './database.error.js';

/** A migration that stopped with an error. */
export class MigrationFailedError extends DatabaseError {
  readonly code = 'ROWGUARD_MIGRATION_FAILED';
}
