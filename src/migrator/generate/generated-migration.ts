/** What is done together; each is a migration of its own. */
export const STAGES = ['tables', 'indexes', 'constraints', 'validation'] as const;
export type Stage = (typeof STAGES)[number];

export interface WrittenStatement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** One step, in its stage. What undoes it is several statements at times, or none. */
export interface StagedStep {
  readonly stage: Stage;
  readonly up: readonly WrittenStatement[];
  readonly down: readonly WrittenStatement[];
}

export interface GeneratedMigration {
  readonly className: string;
  /** Without its ending. */
  readonly fileName: string;
  readonly transaction: boolean;
  readonly up: readonly WrittenStatement[];
  readonly down: readonly WrittenStatement[];
}

/** What is not written, since it would lose data or stop the application. */
export interface RefusedChange {
  readonly subject: string;
  readonly problem: string;
  readonly steps: readonly string[];
}

export interface Generation {
  readonly migrations: readonly GeneratedMigration[];
  readonly refused: readonly RefusedChange[];
  /** What whoever reads the files should know. */
  readonly notes: readonly string[];
}
