import type { DataSource, EntityManager } from 'typeorm';
import { type Direction, type LockedRow, captureOf, deleteRows, lockRows } from './purge-batch.js';
import type { PurgeConditions } from './purge-conditions.js';
import { PurgeKnot, mayUndoKnots } from './purge-knot.js';
import { purgeOrder } from './purge-order.js';
import type { PurgeOptions } from './purge-report.js';

const ROWS = 1_000;
const FEWEST_ROWS = 20;
/** What a batch may take; a slower one is followed by a smaller one. */
const WANTED_MS = 40;
/** Of the rows of a transaction, those that a knot begins with: what refers to them comes on top. */
const SEEDS = 0.2;

type Batch = (manager: EntityManager, after: LockedRow | undefined) => Promise<BatchResult>;

interface BatchResult {
  /** Undefined: there is nothing further. */
  readonly last: LockedRow | undefined;
  readonly gone: ReadonlyMap<number, number>;
}

/** One run through all tables, a transaction a batch. */
export class PurgeRun {
  private readonly purged = new Map<number, number>();
  private readonly mostRows: number;
  private readonly until: number;
  private rows: number;

  constructor(
    private readonly source: DataSource,
    private readonly conditions: PurgeConditions,
    private readonly options: PurgeOptions,
  ) {
    this.mostRows = Math.min(options.batch ?? ROWS, capturedAtOnce(source.manager));
    this.rows = this.mostRows;
    this.until = Date.now() + (options.maxSeconds ?? Infinity) * 1_000;
  }

  purgedOf(table: number): number {
    return this.purged.get(table) ?? 0;
  }

  /** True if it came to its end. Again and again, since what goes lets others go. */
  async execute(): Promise<boolean> {
    const { tables, facts } = this.conditions;
    const edges = facts.references.flatMap(({ parent, child }) =>
      child === undefined ? [] : [{ parent, child }],
    );
    const groups = purgeOrder(tables.length, edges);
    for (;;) {
      let moved = 0;
      for (const group of groups) {
        const isRing = edges.some(
          ({ parent, child }) => group.includes(parent) && group.includes(child),
        );
        moved += await (isRing ? this.undoGroup(group) : this.sweepGroup(group));
      }
      if (this.isOver()) return false;
      if (moved === 0) return true;
    }
  }

  /** Rows that nothing refers to; as long as whole batches go. */
  private async sweepGroup(group: readonly number[]): Promise<number> {
    let total = 0;
    for (;;) {
      let moved = 0;
      for (const table of group) moved += await this.sweep(this.plainBatch(table));
      total += moved;
      if (moved < this.mostRows || this.isOver()) return total;
    }
  }

  /** Then rows that refer to each other, from both ends: it depends on the rows which is the better one. */
  private async undoGroup(group: readonly number[]): Promise<number> {
    let total = await this.sweepGroup(group);
    if (!mayUndoKnots(this.source.manager, this.conditions, group)) return total;
    for (const from of ['oldest', 'newest'] as const) {
      for (const table of group) {
        if (this.isOver()) return total;
        total += await this.sweep(this.knotBatch(group, table, from));
      }
    }
    return total;
  }

  private async sweep(batch: Batch): Promise<number> {
    let moved = 0;
    let after: LockedRow | undefined;
    while (!this.isOver()) {
      const began = performance.now();
      const { last, gone } = await this.source.transaction('READ COMMITTED', (manager) =>
        batch(manager, after),
      );
      const heldMs = performance.now() - began;
      moved += this.note(gone, heldMs);
      if (last === undefined) return moved;
      this.pace(heldMs);
      after = last;
    }
    return moved;
  }

  private plainBatch(table: number): Batch {
    return async (manager, after) => {
      const rows = await lockRows(manager, this.conditions, { table, most: this.rows, after });
      if (rows.length === 0) return { last: undefined, gone: new Map() };
      const gone = await deleteRows(manager, this.conditions, table, rows);
      return { last: rows.at(-1), gone: new Map([[table, gone]]) };
    };
  }

  private knotBatch(group: readonly number[], table: number, from: Direction): Batch {
    const { facts } = this.conditions;
    const keeping = facts.references.filter(
      ({ parent, child }) => parent === table && (child === undefined || !group.includes(child)),
    );
    return async (manager, after) => {
      const most = Math.ceil(this.rows * SEEDS);
      const wanted = { table, most, keeping, after, from };
      const rows = await lockRows(manager, this.conditions, wanted);
      if (rows.length === 0) return { last: undefined, gone: new Map() };
      const knot = new PurgeKnot(manager, this.conditions, group, this.rows);
      return { last: rows.at(-1), gone: await knot.undo(table, rows) };
    };
  }

  private note(gone: ReadonlyMap<number, number>, heldMs: number): number {
    let moved = 0;
    for (const [table, rows] of gone) {
      if (rows === 0) continue;
      moved += rows;
      this.purged.set(table, this.purgedOf(table) + rows);
      const entity = this.conditions.table(table).metadata.name;
      this.options.onProgress?.({ entity, purged: this.purgedOf(table), heldMs });
    }
    return moved;
  }

  private pace(heldMs: number): void {
    const wanted = Math.round((this.rows * WANTED_MS) / Math.max(heldMs, 1));
    // Half or twice as many at most: one slow moment says little.
    const next = Math.min(Math.max(wanted, this.rows / 2), this.rows * 2, this.mostRows);
    this.rows = Math.max(Math.floor(next), Math.min(FEWEST_ROWS, this.mostRows));
  }

  private isOver(): boolean {
    return this.options.signal?.aborted === true || Date.now() >= this.until;
  }
}

/** Where the application writes the audit log, a statement may not change more rows than it takes. */
function capturedAtOnce(manager: EntityManager): number {
  const changes = captureOf(manager) as { options?: { maxRows?: number } } | undefined;
  return changes?.options?.maxRows ?? Infinity;
}
