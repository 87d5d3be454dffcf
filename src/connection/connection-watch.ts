import type { CachedStatement } from '../sql/statement-cache.js';
import type { Done } from './statement-request.js';
import type { TenantPool } from './tenant-pool.js';

/** Told of what pools and connections do; undefined in the plan where nobody listens. */
export interface ConnectionWatch {
  /** A statement of a tenant or of the system was answered; `ms` since it was handed over. */
  answered(statement: CachedStatement, text: string, ms: number, error: unknown): void;
  /** A new connection is ready for use. */
  opened(pool: TenantPool, ms: number): void;
  /** Somebody has got a connection, after so long a wait. */
  taken(pool: TenantPool, waitedMs: number): void;
  /** `where`: as it was noted when the connection was asked for. */
  returned(pool: TenantPool, heldMs: number, where: Error | undefined): void;
  /** Somebody has waited in vain. */
  timedOut(pool: TenantPool): void;
}

/** The end of a statement, told to the watch before whoever sent it. */
export function watchedEnd(
  watch: ConnectionWatch,
  statement: CachedStatement,
  text: string,
): (error: unknown) => void {
  const begun = performance.now();
  return (error) => watch.answered(statement, text, performance.now() - begun, error);
}

export function watchedDone(
  watch: ConnectionWatch,
  statement: CachedStatement,
  text: string,
  done: Done,
): Done {
  const ended = watchedEnd(watch, statement, text);
  return (error, result) => {
    ended(error);
    done(error, result);
  };
}
