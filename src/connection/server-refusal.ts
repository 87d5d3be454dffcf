import { DatabaseError, type DatabaseErrorDetails } from '../errors/database.error.js';
import { DatabaseUnavailableError } from '../errors/database-unavailable.error.js';
import { LockTimeoutError } from '../errors/lock-timeout.error.js';
import { ReadOnlyError } from '../errors/read-only.error.js';
import { ServerExhaustedError } from '../errors/server-exhausted.error.js';
import { StatementTimeoutError } from '../errors/statement-timeout.error.js';
import { TransactionAbortedError } from '../errors/transaction-aborted.error.js';
import { TransactionConflictError } from '../errors/transaction-conflict.error.js';

type ErrorClass = new (details: DatabaseErrorDetails) => DatabaseError;
type Telling = readonly [type: ErrorClass, problem: string, mend: string];

const ABORTED = '25P02';
const WAIT = 'Try again in a while, and let whoever runs the server know';

/** What the server says about itself and about time, rather than about the statement. */
const TELLINGS: Readonly<Record<string, Telling>> = {
  '57014': [
    StatementTimeoutError,
    'The statement was ended before it was done: it ran longer than statement_timeout allows, or somebody cancelled it',
    'Look at its plan, ask for less at a time, or raise pool.statementTimeoutMs',
  ],
  '55P03': [
    LockTimeoutError,
    'The statement did not get a lock in time: other work holds the rows or the table',
    'Try again, keep transactions short, or raise pool.lockTimeoutMs',
  ],
  '25006': [
    ReadOnlyError,
    'A write was sent where nothing can be written: the server is a replica, or the transaction is read-only',
    'Send writes to the primary, and look at default_transaction_read_only',
  ],
  '53100': [ServerExhaustedError, 'The disk of the server is full', WAIT],
  '53200': [ServerExhaustedError, 'The server has run out of memory', WAIT],
  '53400': [ServerExhaustedError, 'A limit of the configuration of the server is reached', WAIT],
  '53000': [ServerExhaustedError, 'The server has run out of something that it needs', WAIT],
  '53300': [
    DatabaseUnavailableError,
    'The server takes no more connections',
    'Lower pool.max, put a pooler in front of it, or raise max_connections',
  ],
};

/** What only another attempt can mend. */
const CONFLICTS: Readonly<Record<string, string>> = {
  '40P01': 'This transaction and another one waited for rows of each other',
  '40001': 'Another transaction changed first what this one has read',
};

/** The typed error where the server refused for a reason of its own; undefined for all others. */
export function serverRefusal(code: string, cause: unknown): DatabaseError | undefined {
  const conflict = CONFLICTS[code];
  if (conflict !== undefined) return new TransactionConflictError(conflict, cause);
  if (code === ABORTED) return new TransactionAbortedError(cause);
  const telling = TELLINGS[code];
  if (!telling) return undefined;
  const [Type, problem, mend] = telling;
  return new Type({ problem, mend, cause, given: { sqlState: code } });
}
