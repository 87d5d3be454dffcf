import { isAfter, type LogPosition } from '../log-position.js';
import { Differences } from './differences.js';
import {
  type IdWindow,
  type LiveLeaf,
  type LogReader,
  type SealedEntry,
  digestOf,
} from './log-window.js';

/** What is compared with what, and what is left to be sorted out. */
export interface ComparedRange {
  readonly from: LogPosition;
  readonly to: LogPosition;
  readonly isRetired: (at: number) => boolean;
}

/** Holds entries against rows, a window of ids at a time. */
export class LogComparison {
  readonly differences = new Differences();
  readonly erased: number[] = [];
  rows = 0;
  retired = 0;
  /** Of the last sealed row that is still there. */
  lastPresent = -1;
  private waiting: SealedEntry[] = [];
  private after: number;

  constructor(
    private readonly reader: LogReader,
    private readonly range: ComparedRange,
    firstId: number,
  ) {
    this.after = firstId;
  }

  add(entries: readonly SealedEntry[]): void {
    for (const entry of entries) this.waiting.push(entry);
  }

  /** All ids up to this one are known: whatever seals come later, their ids are greater. */
  async compareUpTo(upTo: number): Promise<void> {
    if (upTo <= this.after) return;
    const entries = this.waiting.filter((entry) => entry.id <= upTo);
    this.waiting = this.waiting.filter((entry) => entry.id > upTo);
    entries.sort((one, other) => one.id - other.id);
    const window = { after: this.after, upTo, lastKnown: entries.at(-1)?.id ?? this.after };
    this.after = upTo;
    await this.compare(entries, window);
  }

  private async compare(entries: readonly SealedEntry[], window: IdWindow): Promise<void> {
    const expected = entries.filter((entry) => !this.range.isRetired(entry.at));
    const outOfPlace = expected.filter((entry) => !this.isInRange(entry)).map((entry) => entry.id);
    const found = await this.reader.digest(window, outOfPlace);
    if (found.erased > 0) {
      for (const id of await this.reader.erasedIds(window)) this.erased.push(id);
    }
    if (found.rows === expected.length && found.digest.equals(digestOf(expected))) {
      for (const entry of expected) this.present(entry);
      this.retired += entries.length - expected.length;
      return;
    }
    await this.compareEach(entries, window);
  }

  private async compareEach(entries: readonly SealedEntry[], window: IdWindow): Promise<void> {
    const left = new Map(entries.map((entry) => [entry.id, entry]));
    const altered = new Map<number, LiveLeaf>();
    for await (const page of this.reader.leaves(window)) {
      for (const row of page) {
        const entry = left.get(row.id);
        if (entry?.leaf.equals(row.leaf)) {
          left.delete(row.id);
          this.present(entry);
        } else if (entry && !altered.has(row.id)) altered.set(row.id, row);
        else this.unexpected(row);
      }
    }
    for (const [id, row] of altered) {
      const entry = left.get(id);
      left.delete(id);
      // The row itself came after the other that has its id.
      if (!entry) this.unexpected(row);
      else this.alter(entry, row);
    }
    for (const entry of left.values()) {
      if (this.range.isRetired(entry.at)) this.retired += 1;
      else this.differences.miss(entry);
    }
  }

  private present(entry: SealedEntry): void {
    this.rows += 1;
    this.lastPresent = Math.max(this.lastPresent, entry.ordinal);
  }

  private alter(entry: SealedEntry, row: LiveLeaf): void {
    this.lastPresent = Math.max(this.lastPresent, entry.ordinal);
    this.differences.alter({ entry, row });
  }

  private unexpected(row: LiveLeaf): void {
    if (this.isInRange(row)) this.differences.add(row);
  }

  private isInRange(position: LogPosition): boolean {
    return isAfter(position, this.range.from) && !isAfter(position, this.range.to);
  }
}
