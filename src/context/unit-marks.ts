import type { TransactionOwner } from './unit-store.js';

const NO_WRITES: ReadonlyMap<TransactionOwner, number> = new Map();
const NO_TOKENS: readonly string[] = [];

/**
 * What a unit of work remembers of its writes, so that its reads can be sent where they are seen. It
 * begins with what the unit around it knows, and tells that one of its own: neither has to hear of
 * what others do beside it.
 */
export class UnitMarks {
  /** When the outermost unit began, as `performance.now()` says it. */
  readonly begun: number;
  /** What earlier units of work have handed on. */
  readonly tokens: readonly string[];
  private writes: ReadonlyMap<TransactionOwner, number>;

  constructor(
    private readonly outer: UnitMarks | undefined,
    readAfter: string | undefined,
  ) {
    const known = outer?.tokens ?? NO_TOKENS;
    this.begun = outer?.begun ?? performance.now();
    this.tokens = readAfter === undefined ? known : [...known, readAfter];
    this.writes = outer?.writes ?? NO_WRITES;
  }

  noteWrite(owner: TransactionOwner): void {
    this.writes = new Map(this.writes).set(owner, performance.now());
    this.outer?.noteWrite(owner);
  }

  /** When the answer to the last write came back. */
  lastWrite(owner: TransactionOwner): number | undefined {
    return this.writes.get(owner);
  }
}
