import { uuidV7 } from '../../entities/uuid-v7.js';
import { BadEntries, requireList } from '../bad-entries.js';
import { isObject } from '../../validation/checked-object.js';

/** One job to be made. */
export interface ManifestEntry {
  /** Tells the job from the others of its study: a key that is there already makes no new job. */
  readonly key: string;
  readonly surfaceId?: string | null;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Lower goes first. Default: 0. */
  readonly priority?: number;
  /** Default: 3. */
  readonly maxRetries?: number;
}

/** In the order of the jobs; the place of an entry in its list becomes the position of its job. */
export type JobManifest = readonly ManifestEntry[];

/** A row as the database reads it out of JSON. */
export interface ManifestRow {
  readonly id: string;
  readonly manifest_key: string;
  readonly surface_id: string | null;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly priority: number;
  readonly position: number;
  readonly max_retries: number;
}

const LONGEST_KEY = 500;
const LONGEST_SURFACE = 200;
const LARGEST_NUMBER = 2_147_483_647;
const MOST_RETRIES = 3;

/** What jsonb cannot store: the nul character, and half of a pair of UTF-16. */
const UNSTORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** All that is wrong is told at once, each entry by its index. */
export function checkedManifest(manifest: unknown): ManifestRow[] {
  requireList(manifest, 'manifest');
  const bad = new BadEntries('manifest');
  const firstAt = new Map<unknown, number>();
  manifest.forEach((entry, index) => {
    if (!isObject(entry)) return bad.add(index, 'is no object');
    for (const problem of problemsOf(entry)) bad.add(index, problem);
    const { key } = entry as { readonly key?: unknown };
    const first = firstAt.get(key);
    if (first === undefined) firstAt.set(key, index);
    else if (typeof key === 'string') bad.add(index, `has the key of entry ${first}`);
  });
  bad.throwIfAny();
  return (manifest as JobManifest).map(rowOf);
}

function rowOf(entry: ManifestEntry, position: number): ManifestRow {
  return {
    id: uuidV7(),
    manifest_key: entry.key,
    surface_id: entry.surfaceId ?? null,
    payload: entry.payload ?? {},
    priority: entry.priority ?? 0,
    position,
    max_retries: entry.maxRetries ?? MOST_RETRIES,
  };
}

function problemsOf(entry: object): string[] {
  const given = entry as { readonly [Property in keyof ManifestEntry]?: unknown };
  const { key, surfaceId, payload, priority = 0, maxRetries = 0 } = given;
  const problems: string[] = [];
  if (!isText(key, LONGEST_KEY)) problems.push(`has no key of 1 to ${LONGEST_KEY} characters`);
  if (surfaceId != null && !isText(surfaceId, LONGEST_SURFACE)) {
    problems.push(`has a surfaceId that is no text of 1 to ${LONGEST_SURFACE} characters`);
  }
  if (payload !== undefined && !isObject(payload)) problems.push('has a payload that is no object');
  else if (!isStorable(payload)) problems.push('has a payload that is no storable JSON');
  if (!isCount(priority)) problems.push('has a priority that is no whole number from 0');
  if (!isCount(maxRetries)) problems.push('has a maxRetries that is no whole number from 0');
  return problems;
}

function isText(value: unknown, longest: number): boolean {
  if (typeof value !== 'string' || value === '' || value.length > longest) return false;
  return isStorable(value);
}

function isStorable(value: unknown): boolean {
  try {
    return !UNSTORABLE.test(JSON.stringify(value) ?? '');
  } catch {
    return false;
  }
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= LARGEST_NUMBER;
}
