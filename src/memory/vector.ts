import { InvalidInputError } from '../errors/invalid-input.error.js';

/** The values of an embedding, as a model answers them. */
export type Vector = readonly number[] | Float32Array;

/** What pgvector can store, and what its HNSW index can hold. */
export const MOST_DIMENSIONS = 16_000;
export const MOST_INDEXED_DIMENSIONS = 2_000;

/** A list of numbers that PostgreSQL can take as a vector; `name` says which one was refused. */
export function checkedVector(given: unknown, name: string): number[] {
  if (!Array.isArray(given) && !(given instanceof Float32Array)) {
    throw refused(`${name} is no list of numbers`);
  }
  const values = Array.from(given as ArrayLike<unknown>);
  checkDimensions(values.length, name, MOST_DIMENSIONS);
  const bad = values.findIndex((value) => !isStorable(value));
  if (bad >= 0) throw refused(`Value ${bad} of ${name} is no number that a vector can hold`);
  return (values as number[]).map(withoutDust);
}

export function checkDimensions(dimensions: unknown, name: string, most: number): void {
  const isFitting =
    typeof dimensions === 'number' &&
    Number.isInteger(dimensions) &&
    dimensions >= 1 &&
    dimensions <= most;
  if (isFitting) return;
  throw refused(
    `${name} has ${String(dimensions).slice(0, 20)} dimensions, and from 1 to ${most} can be`,
  );
}

/** As pgvector reads it. */
export function vectorText(values: readonly number[]): string {
  return `[${values.join(',')}]`;
}

function isStorable(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

/** PostgreSQL refuses what is closer to zero than a float of four bytes can be. */
function withoutDust(value: number): number {
  return Math.fround(value) === 0 ? 0 : value;
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Pass the vector as the model answered it: finite numbers, as many as the model has dimensions',
  });
}
