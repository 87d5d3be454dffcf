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

  /** The oldest first. */
  list(): readonly HeldConnection[] {
    return [...this.held];
  }
}
