import type { EntityTarget, ObjectLiteral } from 'typeorm';

export interface PurgeOptions {
  /** Rows deleted longer ago than this; an entity that says itself how long it keeps them keeps them. */
  readonly olderThan?: { readonly days: number };
  /** Default: all. */
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
  /** In system work: of this tenant only. */
  readonly tenantId?: string;
  /** Counts what would go, and deletes nothing. */
  readonly dryRun?: boolean;
  /** Most rows of one transaction. Default: 1,000. */
  readonly batch?: number;
  /** Ends after the batch in hand. */
  readonly maxSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PurgeProgress) => void;
}

/** After each batch. */
export interface PurgeProgress {
  readonly entity: string;
  /** Rows of this entity so far. */
  readonly purged: number;
  /** How long the batch held its rows. */
  readonly heldMs: number;
}

export interface KeptRows {
  /** The table whose rows refer to them, and stay. */
  readonly referencedBy: string;
  readonly rows: number;
}

/** What there is of deleted rows that are old enough. */
export interface PurgeSurvey {
  readonly purgeable: number;
  /** By a legal hold. */
  readonly held: number;
  /** Rows that stay refer to them. */
  readonly kept: number;
  readonly keptBy: readonly KeptRows[];
  readonly oldest: Date | null;
}

export interface PurgedEntity {
  readonly entity: string;
  readonly table: string;
  /** How many days its deleted rows were kept in this run. */
  readonly keepDays: number;
  readonly purged: number;
  /** Undefined where the run was told to stop before it was done. */
  readonly left: PurgeSurvey | undefined;
}

export interface PurgeReport {
  readonly dryRun: boolean;
  /** False: it was told to stop, by maxSeconds or the signal. */
  readonly finished: boolean;
  readonly purged: number;
  /** Those whose rows are not kept for ever. */
  readonly entities: readonly PurgedEntity[];
}
