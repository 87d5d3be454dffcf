import { DatabaseError } from './database.error.js';

/** PostgreSQL answered a COMMIT with a ROLLBACK: nothing of the transaction was kept. */
export class TransactionUndoneError extends DatabaseError {
  readonly code = 'ROWGUARD_TRANSACTION_UNDONE';
}
