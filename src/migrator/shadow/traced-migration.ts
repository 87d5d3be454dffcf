import type { RecordedMigration, RecordedStatement } from '../recording/recorded-migration.js';

/** From the weakest to the strongest. */
export const LOCK_MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** A lock that was not held before the statement. */
export interface TakenLock {
  /** With its schema, such as `public.orders`. */
  readonly table: string;
  readonly mode: LockMode;
  /** The migration itself has made the table: nobody waits for it. */
  readonly isNew: boolean;
}

export interface TracedStatement extends RecordedStatement {
  readonly locks: readonly TakenLock[];
  /** Tables whose every row was written anew. */
  readonly rewrites: readonly string[];
}

export interface TracedMigration extends RecordedMigration {
  readonly statements: readonly TracedStatement[];
}

export function isStronger(one: LockMode, other: LockMode): boolean {
  return LOCK_MODES.indexOf(one) > LOCK_MODES.indexOf(other);
}
