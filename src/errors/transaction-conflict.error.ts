import { DatabaseError } from './database.error.js';

/** Transactions that run at the same time got in each other's way, and PostgreSQL ended this one. */
export class TransactionConflictError extends DatabaseError {
  readonly code = 'ROWGUARD_TRANSACTION_CONFLICT';

  constructor(problem: string, cause: unknown) {
    super({
      problem: `${problem}; nothing of this transaction was kept`,
      mend: 'Run the whole transaction again, from its first read; in a savepoint that is not enough',
      cause,
    });
  }
}
