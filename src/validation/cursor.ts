import { InvalidInputError } from '../errors/invalid-input.error.js';

const LONGEST_CURSOR = 4_096;

/** A cursor names the order it belongs to, so that it cannot be used with another. */
export function encodeCursor(keys: readonly string[], values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify([keys, values.map(portable)])).toString('base64url');
}

export function decodeCursor(cursor: string, keys: readonly string[]): unknown[] {
  const [given, values] = parse(cursor);
  if (JSON.stringify(given) !== JSON.stringify(keys)) {
    throw refused('The cursor belongs to another order');
  }
  return values;
}

function parse(cursor: unknown): [unknown, unknown[]] {
  if (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR)
    throw refused('The cursor cannot be read');
  try {
    const parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (Array.isArray(parsed) && Array.isArray(parsed[0]) && Array.isArray(parsed[1])) {
      const values = parsed[1] as unknown[];
      const plain = values.every((one) => ['string', 'number', 'boolean'].includes(typeof one));
      if (plain && values.length === parsed[0].length) return [parsed[0], values];
    }
  } catch {
    // answered below, like every other cursor that is none
  }
  throw refused('The cursor cannot be read');
}

function portable(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Pass `next` of the page before as it is, or leave it out for the first page',
  });
}
