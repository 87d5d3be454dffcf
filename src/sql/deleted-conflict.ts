const MARK = 'rowguard_deleted';

/** The columns of the row that is there already, as the statement names them. */
interface FoundRow {
  readonly entity: string;
  readonly deletedAt: string;
  /** Undefined: who asks may not learn which row it is. */
  readonly id: string | undefined;
}

/**
 * True for a row that lives. For a deleted one the statement fails, by a cast that cannot be made: so
 * no function has to be there in the database first. The text depends on the row, or the planner would
 * make the cast beforehand.
 */
export function requireLivingRow({ entity, deletedAt, id }: FoundRow): string {
  const name = encodeURIComponent(entity).replaceAll("'", '%27');
  const which = id ?? `left(CAST(${deletedAt} AS text), 0)`;
  return `CASE WHEN ${deletedAt} IS NULL THEN true ELSE CAST(concat('${MARK}/${name}/', ${which}) AS boolean) END`;
}

/** What a failed statement says of the deleted row that it met; undefined if it failed otherwise. */
export function metDeletedRow(message: string): { entity: string; id?: string } | undefined {
  const [, entity, id] =
    new RegExp(String.raw`${MARK}/([\w.!~*()%-]+)/([\w-]*)`).exec(message) ?? [];
  if (entity === undefined) return undefined;
  return { entity: decodeURIComponent(entity), ...(id ? { id } : {}) };
}
