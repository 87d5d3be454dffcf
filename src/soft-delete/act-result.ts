import type { DeleteResult, UpdateResult } from 'typeorm';

/** What an act of deleting or restoring did. */
export interface ActResult extends UpdateResult {
  /** The act, by which all of it can be restored; undefined if there was nothing to do. */
  readonly batch: string | undefined;
  /** How many rows, by entity: those that were asked for, and what went or came with them. */
  readonly counts: Readonly<Record<string, number>>;
}

/** The same of a delete that may have been for good, and then was no act. */
export interface Deletion extends DeleteResult {
  readonly batch?: string | undefined;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Counts rows, by entity. */
export class RowCounts {
  private readonly rows = new Map<string, number>();

  add(entity: string, rows: number | null | undefined): number {
    if (rows) this.rows.set(entity, (this.rows.get(entity) ?? 0) + rows);
    return rows ?? 0;
  }

  asResult(result: UpdateResult, batch: string | undefined): ActResult {
    return Object.assign(result, { batch, counts: Object.fromEntries(this.rows) });
  }
}
