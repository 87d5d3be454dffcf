import { stateOf } from '../../predicate/deletion-form.js';
import { type ActBuilder, inOneAct, tablePath } from '../act-sql.js';
import type { OwnerReference } from '../owner-reference.js';

/** What is known of the deleted rows that somebody asked to restore. */
export interface NamedRows {
  readonly count: number;
  /** The acts that deleted them. */
  readonly batches: readonly string[];
  /** Some were deleted by no act. */
  readonly areUnknown: boolean;
  /** A reference by which one of them went along with something, and comes back with that only. */
  readonly follows: OwnerReference | undefined;
}

/** Holds the deleted rows that a builder was asked for, and says by which acts they were deleted. */
export async function namedRows(
  builder: ActBuilder,
  references: readonly OwnerReference[],
): Promise<NamedRows> {
  const { metadata } = builder;
  const row = tablePath(metadata);
  const follows = references.map((reference, at) => {
    const together = inOneAct(builder, reference, row);
    return `CASE WHEN ${together} THEN ${at} END`;
  });
  const first = follows.length > 0 ? `COALESCE(${follows.join(', ')})` : 'NULL::int';
  const { records } = await builder.send(({ table, condition }) => {
    const found = builder.signed(
      `SELECT "delete_batch", ${first} AS "follows" FROM ${table} WHERE ${condition} AND ${stateOf(metadata, true)} FOR UPDATE`,
    );
    return builder.signed(
      `SELECT "delete_batch" AS "batch", count(*)::int AS "rows", min("follows") AS "follows" FROM (${found}) AS "rowguard_named" GROUP BY "delete_batch"`,
    );
  });
  const found = records as { batch: string | null; rows: number; follows: number | null }[];
  const at = found.map((one) => one.follows).find((one) => one !== null);
  return {
    count: found.reduce((sum, one) => sum + one.rows, 0),
    batches: found.flatMap((one) => one.batch ?? []),
    areUnknown: found.some((one) => one.batch === null),
    follows: at === undefined ? undefined : references[at],
  };
}
