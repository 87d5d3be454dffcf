import type { Scope } from '../context/tenant-scope.js';

/** A connection that some work has taken from a pool and not given back yet. */
export interface HeldConnection {
  readonly scope: Scope | undefined;
  /** As `performance.now()` says it. */
  readonly since: number;
  /** Where it was taken; an error only because its stack is written out when somebody reads it. */
  readonly taken: Error | undefined;
}

/** Who holds the connections of a pool at this moment. */
export class HeldConnections {
  private readonly held = new Set<HeldConnection>();

  /** Answers how to note that it was given back. */
  add(scope: Scope | undefined, taken: Error | undefined): () => void {
    const one = { scope, since: performance.now(), taken };
    this.held.add(one);
    return () => this.held.delete(one);
  }

  get count(): number {
    return this.held.size;
  }

  /** The oldest first. */
  list(): readonly HeldConnection[] {
    return [...this.held];
  }
}

const DEEPEST_PLACE = 50;

/** Between whoever asks and the pool stand TypeORM and this package: ten places are not enough. */
export function placeTaken(): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEEPEST_PLACE;
  const place = new Error('taken');
  Error.stackTraceLimit = stackTraceLimit;
  return place;
}
