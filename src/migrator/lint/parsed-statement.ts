/** Who sends a statement: the migration, a DO block of it, or a function that it only defines. */
export type Place = 'sent' | 'block' | 'function';

/** One statement as PostgreSQL's own parser reads it. */
export interface ParsedStatement {
  /**
   * The name of its node, such as AlterTableStmt. Two are ours: `Unreadable` for what no parser
   * reads, and `Dynamic` for SQL that is put together when it runs.
   */
  readonly kind: string;
  readonly node: Readonly<Record<string, unknown>>;
  readonly sql: string;
  readonly place: Place;
  /** Which of the statements of the text it is or stands in, from 0. */
  readonly index: number;
  /** Where it begins in the text that was parsed, in characters. */
  readonly start: number;
  /** From a location of its node to a place in the text that was parsed. */
  readonly offsetOf: (location: number) => number;
}
