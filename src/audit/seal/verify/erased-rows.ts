import type { DataSource } from 'typeorm';
import { ERASED } from '../../erase/erasure-note.js';

/** What a note says may come from anybody; one of an erasure only from whoever may erase. */
const NOTED = `SELECT one::text::numeric FROM audit_logs,
    jsonb_array_elements(CASE jsonb_typeof(meta->'ids') WHEN 'array' THEN meta->'ids' ELSE '[]' END) AS one
  WHERE op = 'note' AND action = $2 AND actor_type IN ('system', 'database') AND jsonb_typeof(one) = 'number'
    AND id >= (SELECT min(erased) FROM unnest($1::bigint[]) AS erased)`;

/** The ids of which no note says that their values were erased. */
export async function erasedWithoutNote(
  source: DataSource,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await source.query<{ id: number }[]>(
    `SELECT id::float8 AS id FROM unnest($1::bigint[]) AS id WHERE id NOT IN (${NOTED})`,
    [ids.map(String), ERASED],
  );
  return rows.map((row) => row.id);
}
