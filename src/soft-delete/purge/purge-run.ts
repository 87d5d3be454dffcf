import type { DataSource, EntityManager } from 'typeorm';
import {
  type Direction,
  type SeenRow,
  captureOf,
  deleteRows,
  lockRows,
  rowsInView,
} from './purge-batch.js';
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

type Gone = ReadonlyMap<number, number>;
type Batch = (manager: EntityManager, rows: readonly SeenRow[]) => Promise<Gone>;

interface Sweep {
  readonly table: number;
  readonly from: Direction;
  /** How much of a whole batch is looked at in one go. */
  readonly share: number;
  readonly batch: Batch;
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
      for (const table of group) moved += await this.sweep(this.plainSweep(table));
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
        total += await this.sweep(this.knotSweep(group, table, from));
      }
    }
    return total;
  }

  private async sweep({ table, from, share, batch }: Sweep): Promise<number> {
    let moved = 0;
    let after: SeenRow | undefined;
    while (!this.isOver()) {
      const most = Math.ceil(this.rows * share);
      const window = { table, most, after, from };
      const rows = await rowsInView(this.source.manager, this.conditions, window);
      if (rows.length === 0) return moved;
      const began = performance.now();
      const gone = await this.source.transaction('READ COMMITTED', (one) => batch(one, rows));
      const heldMs = performance.now() - began;
      moved += this.note(gone, heldMs);
      this.pace(heldMs);
      after = rows.at(-1);
    }
    return moved;
  }

  private plainSweep(table: number): Sweep {
    const batch: Batch = async (manager, seen) => {
      const rows = await lockRows(manager, this.conditions, table, seen);
      if (rows.length === 0) return new Map();
      return new Map([[table, await deleteRows(manager, this.conditions, table, rows)]]);
    };
    return { table, from: 'oldest', share: 1, batch };
  }

  private knotSweep(group: readonly number[], table: number, from: Direction): Sweep {
    const batch: Batch = (manager, seen) =>
      new PurgeKnot(manager, this.conditions, group, this.rows).undo(table, seen);
    return { table, from, share: SEEDS, batch };
  }

  private note(gone: Gone, heldMs: number): number {
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
