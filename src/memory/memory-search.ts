import { InvalidInputError } from '../errors/invalid-input.error.js';
import { checkedCount } from '../validation/page-limit.js';
import { MOST_INDEXED_DIMENSIONS, type Vector, checkedVector, vectorText } from './vector.js';

/** `<=>`: from 0, the same direction, to 2. `<->`: of points. `<#>`: the product, times minus one. */
export const DISTANCES = { cosine: '<=>', l2: '<->', inner: '<#>' } as const;
export type Distance = keyof typeof DISTANCES;

export const SEARCH_MODES = ['auto', 'exact', 'index'] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface MemorySearchOptions {
  readonly vector: Vector;
  /** The most that are answered. Default 10, at most 1,000. */
  readonly limit?: number;
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly conversationId?: string;
  /** Only what holds all of this in its metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Default: cosine. */
  readonly distance?: Distance;
  /** Leaves out what is farther. */
  readonly maxDistance?: number;
  /** Exact: compares all rows. Index: goes by the index. Default: exact where there are few rows. */
  readonly mode?: SearchMode;
  /** What `auto` takes for few. Default 10,000. */
  readonly exactUpTo?: number;
}

/** A search whose values were looked over. */
export interface CheckedSearch {
  readonly vector: string;
  readonly dimensions: number;
  readonly limit: number;
  readonly distance: Distance;
  readonly mode: SearchMode;
  readonly maxDistance: number | undefined;
  readonly exactUpTo: number;
  readonly namespace: string | undefined;
  readonly conversationId: string | undefined;
  readonly metadata: string | undefined;
}

const DEFAULT_LIMIT = 10;
const MOST_FOUND = 1_000;
const FEW_ROWS = 10_000;
const MOST_ROWS_COMPARED = 10_000_000;

export function checkedSearch(options: MemorySearchOptions): CheckedSearch {
  const { distance = 'cosine', mode = 'auto', namespace, conversationId, metadata } = options ?? {};
  const vector = checkedVector(options?.vector, 'The vector of the search');
  oneOf('distance', distance, Object.keys(DISTANCES));
  oneOf('mode', mode, SEARCH_MODES);
  if (distance === 'cosine' && vector.every((value) => value === 0)) throw noDirection();
  const isTooLong = vector.length > MOST_INDEXED_DIMENSIONS;
  if (mode === 'index' && isTooLong) throw tooLongForIndex(vector.length);
  return {
    vector: vectorText(vector),
    dimensions: vector.length,
    limit: checkedCount('limit', options.limit ?? DEFAULT_LIMIT, MOST_FOUND),
    distance,
    mode: isTooLong ? 'exact' : mode,
    maxDistance: checkedMaximum(options.maxDistance),
    exactUpTo: checkedCount('exactUpTo', options.exactUpTo ?? FEW_ROWS, MOST_ROWS_COMPARED),
    namespace: checkedText('namespace', namespace),
    conversationId: checkedText('conversationId', conversationId),
    metadata: metadata === undefined ? undefined : checkedMetadata(metadata),
  };
}

export function oneOf(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value === 'string' && known.includes(value)) return;
  throw refused(`${name} is none of ${known.join(', ')}`, 'Leave it out for the first of them');
}

function checkedMaximum(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw refused('maxDistance is no number', 'Leave it out to get the nearest, however far');
}

export function checkedText(name: string, value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw refused(`${name} is no text`, 'Leave it out where it does not matter');
}

function checkedMetadata(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return JSON.stringify(value);
  }
  throw refused('metadata is no object', 'Pass the part of the metadata that has to be there');
}

function noDirection(): InvalidInputError {
  return refused(
    'The vector of the search is zero, and so has no direction to compare',
    "Search by distance: 'l2', or find out why the model answered nothing",
  );
}

function tooLongForIndex(dimensions: number): InvalidInputError {
  return refused(
    `The vector of the search has ${dimensions} dimensions, and an index holds at most ${MOST_INDEXED_DIMENSIONS}`,
    'Leave mode out: vectors of this length are compared one by one; or ask the model for shorter ones',
  );
}

function refused(problem: string, mend: string): InvalidInputError {
  return new InvalidInputError({ problem, mend });
}
