export type HealthStatus = 'up' | 'degraded' | 'down';

/** Why it is not simply up. The first four mean down, all others degraded. */
export type HealthReason =
  | 'not-open'
  | 'no-answer'
  | 'draining'
  | 'not-isolated'
  | 'read-only'
  | 'server-full'
  | 'pool-waiting'
  | 'replica-down'
  | 'replica-lag'
  | 'migrations-pending'
  | 'migrations-failed'
  | 'long-transactions'
  | 'idle-in-transaction'
  | 'backup-old'
  | 'backup-unknown';

export interface PoolCounts {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

export interface ReplicaHealth {
  /** By its place in the option `replicas`: `replica 1`. */
  readonly name: string;
  readonly status: 'up' | 'down';
  /** How much of the primary's log it has not applied yet; null where that cannot be told. */
  readonly lagBytes: number | null;
}

/** Of the sessions that the login of the application may see; without their texts. */
export interface TransactionHealth {
  /** Open for longer than `longTransactionS`. */
  readonly long: number;
  readonly oldestSeconds: number;
  /** Open, and without a statement for longer than `idleInTransactionS`. */
  readonly idle: number;
  readonly oldestIdleSeconds: number;
}

export interface MigrationHealth {
  readonly pending: number;
  readonly failed: number;
}

/**
 * How a database is. It names no host, no user, no database and no error: it is often served to the
 * outside. What is left out is not known.
 */
export interface DatabaseHealth {
  readonly status: HealthStatus;
  readonly reasons: readonly HealthReason[];
  readonly message?: string;
  readonly latencyMs?: number;
  /** `application`, `system`, `replica 1` and so on. */
  readonly pools?: Readonly<Record<string, PoolCounts>>;
  readonly replicas?: readonly ReplicaHealth[];
  readonly transactions?: TransactionHealth;
  readonly migrations?: MigrationHealth;
  /** Whether row-level security holds the login of the application. */
  readonly isolation?: 'held' | 'broken';
  readonly backup?: { readonly ageHours: number | null };
}
