import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import type { WhereClause } from 'typeorm/query-builder/WhereClause.js';
import { DELETION_PROPERTIES } from '../../entities/base-columns.js';
import { classOf } from '../../entities/entity-classification.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { requireLivingRow } from '../../sql/deleted-conflict.js';
import type { Builder } from '../confine.js';

type Upsert = QueryExpressionMap['onUpdate'];

/**
 * The same upsert, with what it does once it meets a deleted row: it fails, or where deleted rows were
 * asked for, it brings the row back. `table`: how the statement names the row that is there.
 */
export function aboutDeleted(
  builder: Builder,
  metadata: EntityMetadata,
  rows: readonly ObjectLiteral[],
  table: string,
): Upsert {
  const upsert = builder.expressionMap.onUpdate;
  const { deleteDateColumn } = metadata;
  if (!deleteDateColumn) return upsert;
  if (builder.expressionMap.withDeleted) return reviving(metadata, upsert, rows);
  if (!upsert.overwrite?.length) return upsert;
  const column = (name: string) => `${table}.${builder.escape(name)}`;
  const id = metadata.primaryColumns.find((one) => one.propertyName === 'id');
  const guard = requireLivingRow({
    entity: metadata.name,
    deletedAt: column(deleteDateColumn.databaseName),
    id: id && classOf(metadata) === 'tenant' ? column(id.databaseName) : undefined,
  });
  return { ...upsert, overwriteCondition: and(upsert.overwriteCondition, guard) };
}

/** After the condition of the caller: what that leaves out is not meant. */
function and(given: readonly WhereClause[] | undefined, guard: string): WhereClause[] {
  const own: WhereClause = { type: 'and', condition: guard };
  if (!given?.length) return [own];
  return [{ type: 'simple', condition: { operator: 'brackets', condition: [...given] } }, own];
}

function reviving(
  metadata: EntityMetadata,
  upsert: Upsert,
  rows: readonly ObjectLiteral[],
): Upsert {
  const { deleteDateColumn } = metadata;
  const keptApart = new RegExp(`"?${deleteDateColumn?.databaseName}"? IS NULL`, 'i');
  if (keptApart.test(upsert.indexPredicate ?? '')) throw neverMet(metadata);
  if (rows.some((row) => (deleteDateColumn?.getEntityValue(row) ?? null) !== null))
    throw staysDeleted(metadata);
  const columns = DELETION_PROPERTIES.flatMap(
    (property) => metadata.findColumnWithPropertyName(property)?.databaseName ?? [],
  );
  // Of the row that was to be inserted, where they are null.
  return { ...upsert, overwrite: [...new Set([...(upsert.overwrite ?? []), ...columns])] };
}

function neverMet({ name }: EntityMetadata): InvalidInputError {
  return new InvalidInputError({
    problem: `No upsert of a ${name} by this key meets a deleted row, because the key is one of living rows only`,
    mend: 'Restore the row that is meant; or upsert by the id, or by a key that is @UniqueForever. Nothing was written',
    given: { entity: name },
  });
}

function staysDeleted({ name }: EntityMetadata): InvalidInputError {
  return new InvalidInputError({
    problem: `A ${name} was to be revived, and is given as deleted`,
    mend: 'Leave deletedAt out; nothing was written',
    given: { entity: name },
  });
}
