import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './tenant-scope.js';
import { UnitMarks } from './unit-marks.js';
import { untilSettled } from './units-in-hand.js';

/** What a transaction belongs to: one per data source. */
export type TransactionOwner = object;

/** The running transaction as the rooms below see it. */
export interface RunningTransaction {
  readonly isReleased: boolean;
}

/**
 * What one asynchronous chain of work carries. Frozen: a change of scope is a new store, so that
 * work started earlier can never see it.
 */
export interface Unit {
  readonly scope: Scope | undefined;
  readonly transactions: ReadonlyMap<TransactionOwner, RunningTransaction>;
  /** The unit this one was opened inside of. */
  readonly outer: Unit | undefined;
  readonly marks: UnitMarks;
}

/** One storage for the process: the context must be readable by every copy of every provider. */
const storage = new AsyncLocalStorage<Unit>();

export function currentUnit(): Unit | undefined {
  return storage.getStore();
}

export function currentScope(): Scope | undefined {
  return storage.getStore()?.scope;
}

const NO_TRANSACTIONS: ReadonlyMap<TransactionOwner, RunningTransaction> = new Map();

/** Runs `work` for another scope; transactions are carried along only when asked. */
export function runInScope<T>(
  scope: Scope,
  work: () => T,
  keepTransactions = false,
  readAfter?: string,
): T {
  const outer = storage.getStore();
  const transactions = (keepTransactions && outer?.transactions) || NO_TRANSACTIONS;
  const marks = new UnitMarks(outer?.marks, readAfter);
  const result = storage.run(Object.freeze({ scope, transactions, outer, marks }), work);
  return outer ? result : untilSettled(result);
}

export function runInTransaction<T>(
  owner: TransactionOwner,
  transaction: RunningTransaction,
  work: () => T,
): T {
  const outer = storage.getStore();
  const transactions = new Map(outer?.transactions ?? NO_TRANSACTIONS).set(owner, transaction);
  const marks = outer?.marks ?? new UnitMarks(undefined, undefined);
  return storage.run(Object.freeze({ scope: outer?.scope, transactions, outer, marks }), work);
}

/** True if this chain of work, or one it was started from, holds an open transaction of the owner. */
export function holdsOpenTransaction(owner: TransactionOwner): boolean {
  return openTransactionsOf(owner).length > 0;
}

/** The innermost first. */
export function openTransactionsOf(owner: TransactionOwner): readonly RunningTransaction[] {
  const open: RunningTransaction[] = [];
  for (let unit = storage.getStore(); unit; unit = unit.outer) {
    const transaction = unit.transactions.get(owner);
    if (transaction?.isReleased === false) open.push(transaction);
  }
  return open;
}
