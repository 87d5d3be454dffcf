import { InvalidInputError } from '../errors/invalid-input.error.js';

const MOST_TOLD = 10;

/** Collects what is wrong with the entries of a list, so that all of it is told at once. */
export class BadEntries {
  private readonly found: { readonly index: number; readonly problem: string }[] = [];

  constructor(private readonly list: string) {}

  add(index: number, problem: string): void {
    this.found.push({ index, problem });
  }

  /** Nothing is wrong: returns. Otherwise one error, with every entry in `given.entries`. */
  throwIfAny(): void {
    if (this.found.length === 0) return;
    const told = this.found.slice(0, MOST_TOLD).map((one) => `[${one.index}] ${one.problem}`);
    const more = this.found.length - told.length;
    throw new InvalidInputError({
      problem: `The ${this.list} cannot be taken: ${told.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
      mend: 'Mend these entries, counted from 0, and pass the list again; nothing was written',
      given: { entries: this.found },
    });
  }
}

export function requireList(list: unknown, name: string): asserts list is readonly unknown[] {
  if (Array.isArray(list)) return;
  throw new InvalidInputError({
    problem: `The ${name} is no list (given: ${list === null ? 'null' : typeof list})`,
    mend: 'Pass a list of objects; nothing was written',
  });
}
