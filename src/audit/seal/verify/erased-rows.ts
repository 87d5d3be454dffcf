import type { DataSource } from 'typeorm';
import { ERASED } from '../erasure-note.js';

/** The ids of which no note says that their values were erased. */
export async function erasedWithoutNote(
  source: DataSource,
  ids: readonly number[],
): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await source.query<{ id: number }[]>(
    `SELECT id::float8 AS id FROM unnest($1::bigint[]) AS id
     WHERE id NOT IN (SELECT jsonb_array_elements_text(meta->'ids')::bigint FROM audit_logs
       WHERE op = 'note' AND action = $2 AND id >= (SELECT min(one) FROM unnest($1::bigint[]) AS one))`,
    [ids.map(String), ERASED],
  );
  return rows.map((row) => row.id);
}
