import type { EntityManager } from 'typeorm';
import { quoteName } from '../../schema/sql.js';
import { BoundValues } from './bound-values.js';
import type { LiveReference } from './live-references.js';
import type { PurgeConditions } from './purge-conditions.js';
import type { PurgeSurvey } from './purge-report.js';

interface Counted {
  readonly table: number;
  readonly due: number;
  readonly held: number;
  readonly oldest: Date | null;
}

interface Kept {
  readonly table: number;
  /** The number of the reference; null: by any. */
  readonly by: number | null;
  readonly rows: number;
}

/** What a purge would find, table by table, without touching a row: two statements for all tables. */
export async function surveyed(
  manager: EntityManager,
  conditions: PurgeConditions,
): Promise<PurgeSurvey[]> {
  if (conditions.tables.length === 0) return [];
  const counted = await counts(manager, conditions);
  const kept = await keptRows(manager, conditions);
  return conditions.tables.map((_, table) => {
    const { due, held, oldest } = counted.find((one) => one.table === table) ?? NOTHING;
    const all = kept.filter((one) => one.table === table);
    const total = all.find((one) => one.by === null)?.rows ?? 0;
    const keptBy = all
      .filter((one) => one.by !== null)
      .map(({ by, rows }) => ({
        referencedBy: conditions.facts.references[by ?? 0]?.table ?? '',
        rows,
      }));
    return { purgeable: due - held - total, held, kept: total, keptBy, oldest };
  });
}

const NOTHING: Omit<Counted, 'table'> = { due: 0, held: 0, oldest: null };

function counts(manager: EntityManager, conditions: PurgeConditions): Promise<Counted[]> {
  const bound = new BoundValues();
  const parts = conditions.tables.map(
    ({ path, deletedColumn }, table) =>
      `SELECT ${table} AS "table", count(*)::float8 AS due, (count(*) FILTER (WHERE ${conditions.held(table, 'dead')}))::float8 AS held, min(dead.${quoteName(deletedColumn)})::timestamptz AS oldest
      FROM ${path} dead WHERE ${conditions.due(table, 'dead', bound)}`,
  );
  return manager.query<Counted[]>(parts.join(' UNION ALL '), bound.values);
}

/** What rows that stay refer to stays, and so does what that refers to. */
function keptRows(manager: EntityManager, conditions: PurgeConditions): Promise<Kept[]> {
  const { references } = conditions.facts;
  if (references.length === 0) return Promise.resolve([]);
  const bound = new BoundValues();
  const begin = references.map((one, by) => beginning(conditions, one, by, bound));
  const steps = references.flatMap((one, by) => onward(conditions, one, by, bound));
  const further =
    steps.length === 0
      ? ''
      : ` UNION SELECT step.* FROM kept CROSS JOIN LATERAL (${steps.join(' UNION ALL ')}) AS step`;
  return manager.query<Kept[]>(
    `WITH RECURSIVE kept("table", part, place, by) AS ((${begin.join(' UNION ALL ')})${further})
    SELECT "table", by, count(*)::float8 AS rows FROM kept GROUP BY "table", by
    UNION ALL SELECT "table", NULL, count(*)::float8 FROM (SELECT DISTINCT "table", part, place FROM kept) one GROUP BY "table"`,
    bound.values,
  );
}

const found = (table: number, by: number) => `${table} AS "table", dead.tableoid, dead.ctid, ${by}`;

function beginning(
  conditions: PurgeConditions,
  reference: LiveReference,
  by: number,
  bound: BoundValues,
): string {
  const { parent, child, path, isReadable } = reference;
  const free = conditions.free(parent, 'dead', bound);
  const from = `SELECT ${found(parent, by)} FROM ${conditions.table(parent).path} dead WHERE ${free}`;
  if (!isReadable) return from;
  const stays =
    child === undefined ? '' : ` AND (${conditions.free(child, 'child', bound)}) IS NOT TRUE`;
  return `${from} AND EXISTS (SELECT FROM ${path} child WHERE ${conditions.joins(reference, 'child', 'dead')}${stays})`;
}

function onward(
  conditions: PurgeConditions,
  reference: LiveReference,
  by: number,
  bound: BoundValues,
): string[] {
  const { parent, child, path } = reference;
  if (child === undefined) return [];
  return [
    `SELECT ${found(parent, by)} FROM ${path} child JOIN ${conditions.table(parent).path} dead ON ${conditions.joins(reference, 'child', 'dead')}
      WHERE kept."table" = ${child} AND child.tableoid = kept.part AND child.ctid = kept.place AND ${conditions.free(parent, 'dead', bound)}`,
  ];
}
