import type { DataSource } from 'typeorm';
import { SEALED_ROW, type SealedRow, leafOf } from '../sealed-row.js';
import type { Differences } from './differences.js';
import type { LiveLeaf, SealedEntry } from './log-window.js';

/** More would take longer than it helps: each row is tried in each place. */
const MOST_TRIED = 500;

export interface MovedRow {
  readonly entry: SealedEntry;
  readonly to: LiveLeaf;
}

/**
 * Rows that are what they were, and stand where another row was or none: their hash fits again as soon
 * as they are put back to the place of an entry.
 */
export async function movedRows(
  source: DataSource,
  { altered, missing, extra }: Differences,
): Promise<MovedRow[]> {
  const entries = [
    ...altered.map((one) => one.entry),
    // The first of each stretch: a row is moved alone.
    ...missing.map((stretch) => stretch.first),
  ];
  const rows = [...altered.map((one) => one.row), ...extra];
  if (rows.length === 0 || entries.length === 0) return [];
  if (rows.length > MOST_TRIED || entries.length > MOST_TRIED) return [];
  const contents = await contentsOf(source, rows);
  return entries.flatMap((entry) => {
    const to = rows.find((row) => isMoved(entry, row) && fits(contents.get(keyOf(row)), entry));
    return to ? [{ entry, to }] : [];
  });
}

function isMoved(entry: SealedEntry, row: LiveLeaf): boolean {
  return row.id !== entry.id || row.tx !== entry.tx || row.epoch !== entry.epoch;
}

function fits(row: SealedRow | undefined, entry: SealedEntry): boolean {
  if (!row) return false;
  const { epoch, tx, id, at } = entry;
  const back = { ...row, epoch, tx: String(tx), id: String(id), at: new Date(at).toISOString() };
  return leafOf(back).equals(entry.leaf);
}

async function contentsOf(
  source: DataSource,
  rows: readonly LiveLeaf[],
): Promise<Map<string, SealedRow>> {
  const found = await source.query<SealedRow[]>(
    `SELECT ${SEALED_ROW} FROM audit_logs WHERE id = ANY($1::bigint[])`,
    [rows.map((row) => String(row.id))],
  );
  return new Map(found.map((row) => [leafOf(row).toString('hex'), row]));
}

function keyOf({ leaf }: LiveLeaf): string {
  return leaf.toString('hex');
}
