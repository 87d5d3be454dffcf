import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { ConnectionLostError } from '../errors/connection-lost.error.js';
import { DatabaseError } from '../errors/database.error.js';
import { OutcomeUnknownError } from '../errors/outcome-unknown.error.js';
import { effectOf } from '../sql/statement-effect.js';
import { readStatement } from '../sql/statement-reading.js';
import { isConnectionLoss } from './connection-loss.js';

/** What was under way when the connection went. */
type LostWork =
  /** The statement was never sent. */
  | 'unsent'
  /** It could not have changed anything. */
  | 'read'
  /** It belongs to a transaction that was not committed. */
  | 'transaction'
  /** It commits: a transaction, or itself. */
  | 'commit';

const SENTENCES: Readonly<Record<LostWork, readonly [problem: string, mend: string]>> = {
  unsent: [
    'There is no connection to the database; nothing was sent',
    'Try again when the database answers',
  ],
  read: [
    'The connection to the database was lost while it was asked; nothing was changed',
    'Ask again; a new connection is made by itself',
  ],
  transaction: [
    'The connection to the database was lost, and the transaction with it; nothing of it was kept',
    'Run the whole transaction again; a new connection is made by itself',
  ],
  commit: [
    'The connection to the database was lost before it said whether the change was kept',
    'Look whether it is there before it is made again',
  ],
};

interface Circumstances {
  readonly text: string;
  readonly isTransactionActive: boolean;
  /** What took the connection away before the statement came. */
  readonly lostBy: Error | undefined;
}

/** The error for a statement whose connection is gone; undefined if it failed for another reason. */
export function lossOf(error: unknown, around: Circumstances): ConnectionLostError | undefined {
  const reason = reasonOf(error, around.lostBy);
  if (reason instanceof DatabaseError || !isConnectionLoss(reason)) return undefined;
  const work = workOf(error, around);
  const type = work === 'commit' ? OutcomeUnknownError : ConnectionLostError;
  return new type(...SENTENCES[work], reason);
}

/** How TypeORM says that a runner has no connection any more. */
export function isAboutReleased(error: unknown): boolean {
  return (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  );
}

function reasonOf(error: unknown, lostBy: Error | undefined): unknown {
  if (isAboutReleased(error)) return lostBy;
  return error instanceof QueryFailedError ? error.driverError : error;
}

function workOf(error: unknown, { text, isTransactionActive }: Circumstances): LostWork {
  const wasSent = error instanceof QueryFailedError && !/not queryable/.test(error.message);
  if (!wasSent) return isTransactionActive ? 'transaction' : 'unsent';
  const { kind, commits } = readStatement(text);
  if (commits) return 'commit';
  if (isTransactionActive || kind === 'control') return 'transaction';
  return effectOf(text) === 'reads' ? 'read' : 'commit';
}
