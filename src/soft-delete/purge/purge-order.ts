/** A table whose rows another table refers to, both by their number. */
export interface Edge {
  readonly parent: number;
  readonly child: number;
}

/**
 * The tables in the order in which their rows can go: those that refer before those that are referred
 * to. Tables that refer to each other, in whatever ring, stand in one group.
 */
export function purgeOrder(count: number, edges: readonly Edge[]): number[][] {
  return new Rings(count, edges).groups();
}

/** Strongly connected components by depth-first search; the children of a table come out first. */
class Rings {
  private readonly found: number[][] = [];
  private readonly seen = new Map<number, number>();
  private readonly lowest = new Map<number, number>();
  private readonly open: number[] = [];

  constructor(
    private readonly count: number,
    private readonly edges: readonly Edge[],
  ) {}

  groups(): number[][] {
    for (let table = 0; table < this.count; table++) {
      if (!this.seen.has(table)) this.visit(table);
    }
    return this.found;
  }

  private visit(table: number): void {
    const at = this.seen.size;
    this.seen.set(table, at);
    this.lowest.set(table, at);
    this.open.push(table);
    for (const { parent, child } of this.edges) {
      if (parent !== table) continue;
      if (!this.seen.has(child)) {
        this.visit(child);
        this.lower(table, this.lowest.get(child));
      } else if (this.open.includes(child)) {
        this.lower(table, this.seen.get(child));
      }
    }
    if (this.lowest.get(table) === at) this.close(table);
  }

  private lower(table: number, to = Infinity): void {
    this.lowest.set(table, Math.min(this.lowest.get(table) ?? Infinity, to));
  }

  private close(table: number): void {
    this.found.push(this.open.splice(this.open.indexOf(table)));
  }
}
