import type { EntityManager } from 'typeorm';
import { markBuilt } from '../../context/built-statement.js';
import type { ChangeCapture } from '../../predicate/change-capture.js';
import { quoteName } from '../../schema/sql.js';
import { BoundValues } from './bound-values.js';
import type { LiveReference } from './live-references.js';
import type { PurgeConditions } from './purge-conditions.js';

/** Where a row is: the table as the database counts them, and the place in it. */
export interface Place {
  readonly part: string;
  readonly place: string;
}

/** When it was deleted, to the microsecond: where to go on. */
export interface SeenRow extends Place {
  readonly at: string;
}

export type Direction = 'oldest' | 'newest';

export interface Window {
  readonly table: number;
  readonly most: number;
  /** The last row of the window before. */
  readonly after: SeenRow | undefined;
  readonly from: Direction;
}

/**
 * The next rows that are old enough, in the order in which they were deleted, whatever keeps them: a
 * look at so many is quick, where a search for so many that may go could read the whole table.
 */
export function rowsInView(
  manager: EntityManager,
  conditions: PurgeConditions,
  { table, most, after, from }: Window,
): Promise<SeenRow[]> {
  const bound = new BoundValues();
  const { path, deletedColumn } = conditions.table(table);
  const at = `dead.${quoteName(deletedColumn)}`;
  const [than, order] = from === 'oldest' ? ['>', 'ASC'] : ['<', 'DESC'];
  const beyond = after
    ? ` AND (${at}, dead.ctid) ${than} (${bound.bind(after.at)}::timestamptz, ${bound.bind(after.place)}::tid)`
    : '';
  return manager.query<SeenRow[]>(
    `SELECT dead.tableoid::text AS part, dead.ctid::text AS place, ${at}::text AS at FROM ${path} AS dead
    WHERE ${conditions.due(table, 'dead', bound)}${beyond} ORDER BY ${at} ${order} LIMIT ${bound.bind(most)}`,
    bound.values,
  );
}

/**
 * Locks those that may go; what somebody else has locked is left to them. What is locked can be neither
 * restored nor referred to any more. Only a statement that begins after that sees everything that was
 * there before: so the delete asks once more.
 */
export function lockRows(
  manager: EntityManager,
  conditions: PurgeConditions,
  table: number,
  rows: readonly Place[],
  keeping?: readonly LiveReference[],
): Promise<Place[]> {
  const bound = new BoundValues();
  return manager.query<Place[]>(
    `SELECT dead.tableoid::text AS part, dead.ctid::text AS place
    FROM ${placesOf(rows, 'seen', bound)}, ${conditions.table(table).path} AS dead WHERE ${isAt('dead', 'seen')}
    AND ${conditions.free(table, 'dead', bound)} AND ${conditions.unreferenced(table, 'dead', keeping)}
    FOR UPDATE OF dead SKIP LOCKED`,
    bound.values,
  );
}

/** The rows by their places, as the item of a FROM. */
export function placesOf(rows: readonly Place[], name: string, bound: BoundValues): string {
  const list = (key: 'part' | 'place') => bound.bind(rows.map((row) => row[key]));
  return `unnest(${list('part')}::oid[], ${list('place')}::tid[]) AS ${name}(part, place)`;
}

export function isAt(row: string, place: string): string {
  return `${row}.ctid = ${place}.place AND ${row}.tableoid = ${place}.part`;
}

/** Deletes locked rows for good, but for those that are referred to, or held, by now. */
export function deleteRows(
  manager: EntityManager,
  conditions: PurgeConditions,
  table: number,
  rows: readonly Place[],
): Promise<number> {
  const bound = new BoundValues();
  const free = `NOT ${conditions.held(table, 'dead')} AND ${conditions.unreferenced(table, 'dead')}`;
  const text = `${deletion(conditions, table, rows, bound)} AND ${free}`;
  return sendDeletion(manager, conditions, table, text, bound);
}

export function deletion(
  conditions: PurgeConditions,
  table: number,
  rows: readonly Place[],
  bound: BoundValues,
): string {
  return `DELETE FROM ${conditions.table(table).path} AS dead USING ${placesOf(rows, 'locked', bound)} WHERE ${isAt('dead', 'locked')}`;
}

/** Where the application writes the audit log, the statement tells which rows they were. */
export async function sendDeletion(
  manager: EntityManager,
  conditions: PurgeConditions,
  table: number,
  deleting: string,
  { values }: BoundValues,
): Promise<number> {
  const { metadata } = conditions.table(table);
  const changes = captureOf(manager);
  const captured = changes?.tableOf(metadata);
  const told = captured ? ` RETURNING ${changes?.change(metadata, 'delete', '"dead"')}` : '';
  const text = `${deleting}${told}`;
  markBuilt(values, { text, tenantId: undefined, confined: true, sharedOnly: false, captured });
  const [, affected] = await manager.query<[unknown, number]>(text, values);
  return affected;
}

export function captureOf(manager: EntityManager): ChangeCapture | undefined {
  return (manager.dataSource as { changes?: ChangeCapture }).changes;
}
