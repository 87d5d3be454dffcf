/** A small seeded generator (mulberry32), so that every run can be repeated from its seed. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('Nothing to choose from');
    return choice;
  }

  shuffled<T>(given: readonly T[]): T[] {
    const deck = [...given];
    for (let at = deck.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [deck[at], deck[other]] = [deck[other] as T, deck[at] as T];
    }
    return deck;
  }
}

/** ROWGUARD_SEED repeats a run. */
export function chosenSeed(): number {
  const given = process.env['ROWGUARD_SEED'];
  return given ? Number(given) >>> 0 : Math.floor(Math.random() * 4_294_967_296);
}
