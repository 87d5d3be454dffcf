export type Direction = 'up' | 'down';

/** One statement as a migration would send it. */
export interface RecordedStatement {
  readonly sql: string;
  readonly parameters?: readonly unknown[];
}

/** What a migration sends, read without sending it. */
export interface RecordedMigration {
  readonly name: string;
  readonly timestamp: number;
  readonly direction: Direction;
  readonly statements: readonly RecordedStatement[];
  /** False where the migration asked for no transaction. */
  readonly transaction: boolean;
  /** It asked the database something, so that elsewhere it may send something else. */
  readonly isDynamic: boolean;
  /** Why its statements end early: it cannot go on without an answer. */
  readonly stoppedBy?: Error;
}
