import { DatabaseError } from './database.error.js';

/** What has been applied and what the code holds do not fit together. */
export class MigrationHistoryError extends DatabaseError {
  readonly code = 'ROWGUARD_MIGRATION_HISTORY';
}
