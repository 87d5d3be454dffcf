import { DatabaseError } from './database.error.js';

/**
 * A statement came after another one of its transaction had failed. Its cause is that first failure,
 * where it is known.
 */
export class TransactionAbortedError extends DatabaseError {
  readonly code = 'ROWGUARD_TRANSACTION_ABORTED';
  /** What the server said to the later statement, whatever the first failure was. */
  declare readonly driverError: unknown;

  constructor(driverError: unknown, first: unknown = driverError) {
    super({
      problem:
        'Nothing more can be done in this transaction, because a statement in it has failed before',
      mend: 'Let the error of that statement pass, or run the part that may fail with { savepoint: true }',
      cause: first,
    });
    Object.defineProperty(this, 'driverError', { value: driverError, enumerable: false });
  }
}
