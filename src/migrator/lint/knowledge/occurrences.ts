/** What happened to a name, and when in the run. */
export class Occurrences<Fact> {
  private readonly byName = new Map<string, { order: number; fact: Fact }[]>();

  add(name: string, order: number, fact: Fact): void {
    const known = this.byName.get(name);
    if (known) known.push({ order, fact });
    else this.byName.set(name, [{ order, fact }]);
  }

  /** The last one before a moment. */
  before(name: string, order: number): Fact | undefined {
    return this.byName.get(name)?.findLast((one) => one.order < order)?.fact;
  }

  /** The first one at a moment or after it. */
  from(name: string, order: number): Fact | undefined {
    return this.byName.get(name)?.find((one) => one.order >= order)?.fact;
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  all(): Fact[] {
    return [...this.byName.values()].flat().map(({ fact }) => fact);
  }
}
