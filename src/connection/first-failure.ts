import { TransactionAbortedError } from '../errors/transaction-aborted.error.js';
import { TransactionUndoneError } from '../errors/transaction-undone.error.js';
import { getSqlState } from '../errors/violations.js';

const ENDS_OR_BEGINS = /^\s*(?:START|BEGIN|COMMIT|END|ROLLBACK|ABORT)\b/i;

/** What went wrong first in the transaction in hand: what comes after fails because of it. */
export class FirstFailure {
  private first: unknown;

  /** A statement that has run: with a rollback the failure is over. */
  passed(text: string): void {
    if (this.first !== undefined && ENDS_OR_BEGINS.test(text)) this.first = undefined;
  }

  /** The error as it is thrown; the first failure is the cause of those that follow from it. */
  told(error: unknown): unknown {
    const { first } = this;
    if (error instanceof TransactionUndoneError) {
      this.first = undefined;
      return first === undefined ? error : Object.assign(error, { cause: first });
    }
    if (error instanceof TransactionAbortedError) {
      return first === undefined ? error : new TransactionAbortedError(error.driverError, first);
    }
    // What was refused before it was sent has aborted nothing.
    if (getSqlState(error) !== undefined) this.first ??= error;
    return error;
  }
}
