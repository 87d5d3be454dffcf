import type { LintFinding } from '../lint/finding.js';
import type { TracedStatement } from '../shadow/traced-migration.js';

export type PlanMode = 'record' | 'shadow';

export interface PlannedMigration {
  readonly name: string;
  readonly timestamp: number;
  readonly transaction: boolean;
  /** It asks the database something: with other data it may send something else. */
  readonly isDynamic: boolean;
  /** False where its statements are only read: then nothing is known of locks and rewrites. */
  readonly isTraced: boolean;
  readonly statements: readonly TracedStatement[];
  readonly findings: readonly LintFinding[];
  readonly needsApproval: boolean;
  /** Why its statements end early. */
  readonly stoppedBy?: string;
}

/** What a run would do to a database, told without doing any of it. */
export interface MigrationPlan {
  readonly mode: PlanMode;
  readonly applied: number;
  readonly migrations: readonly PlannedMigration[];
  /** How many rows the touched tables have, as PostgreSQL estimates it; null: it has not counted. */
  readonly rows: Readonly<Record<string, number | null>>;
  readonly warnings: readonly string[];
}
