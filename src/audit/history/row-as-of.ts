import type { ObjectLiteral } from 'typeorm';

/** A row as it was; what the log cannot tell of it is named. */
export interface RowAsOf<Entity extends ObjectLiteral> {
  /** With `deletedAt`, where it was softly deleted then. */
  readonly row: Entity;
  /** Properties that the row lacks here, since their values are masked or never recorded. */
  readonly hidden: readonly string[];
  /** Properties whose changes alone leave no trace: they may have been different then. */
  readonly uncertain: readonly string[];
}
