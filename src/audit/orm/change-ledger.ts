import type { Scope } from '../../context/tenant-scope.js';

/** A change that was made and is not yet in the log. */
export interface PendingChange {
  /** As the log takes it, in JSON. */
  readonly text: string;
  readonly entity: string;
  /** Who made it: within one transaction that may be several. */
  readonly scope: Scope | undefined;
  /** What cannot be logged is said, and goes on. */
  readonly warns: boolean;
}

interface Frame {
  readonly savepoint: string;
  readonly changes: PendingChange[];
}

/**
 * What a transaction has changed so far, a frame for each of its savepoints: what is undone in the
 * database is forgotten here.
 */
export class ChangeLedger {
  private frames: Frame[] = [outermost()];
  private isBegun = false;

  /** A transaction runs whose end is going to be told. */
  get isOpen(): boolean {
    return this.isBegun;
  }

  add(changes: readonly PendingChange[]): void {
    this.frames.at(-1)?.changes.push(...changes);
  }

  begin(): void {
    this.isBegun = true;
  }

  open(savepoint: string): void {
    this.frames.push({ savepoint, changes: [] });
  }

  /** What was done since stays done, with all savepoints in between. */
  release(savepoint: string): void {
    const at = this.frameOf(savepoint);
    if (at < 1) return;
    const kept = this.frames.splice(at).flatMap((frame) => frame.changes);
    this.add(kept);
  }

  /** The savepoint itself is still there afterwards. */
  undoTo(savepoint: string): void {
    const at = this.frameOf(savepoint);
    if (at < 1) return;
    this.frames.splice(at);
    this.open(savepoint);
  }

  /** `isBegun`: another transaction has begun at the same moment. */
  end(isBegun = false): void {
    this.frames = [outermost()];
    this.isBegun = isBegun;
  }

  /** Everything that is to be logged, which is then no longer pending. */
  take(): PendingChange[] {
    const taken = this.frames.flatMap((frame) => frame.changes);
    for (const frame of this.frames) frame.changes.length = 0;
    return taken;
  }

  /** The newest of that name: PostgreSQL shadows an older one. */
  private frameOf(savepoint: string): number {
    return this.frames.findLastIndex((frame) => frame.savepoint === savepoint);
  }
}

function outermost(): Frame {
  return { savepoint: '', changes: [] };
}
