import { InvalidInputError } from '../errors/invalid-input.error.js';

const DEFAULT_LIMIT = 50;
const MOST_ROWS = 1_000;

export function checkedLimit(limit: number | undefined): number {
  return checkedCount('limit', limit ?? DEFAULT_LIMIT, MOST_ROWS);
}

export function checkedCount(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most)
    return value;
  throw new InvalidInputError({
    problem: `${name} is no whole number from 1 to ${most} (given: ${String(value).slice(0, 40)})`,
    mend: 'Check the value before it gets here',
  });
}
