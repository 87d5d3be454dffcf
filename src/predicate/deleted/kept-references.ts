import type { ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import type { JoinAttribute } from 'typeorm/query-builder/JoinAttribute.js';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import { TENANT_PROPERTY } from '../../entities/base-columns.js';
import { isReference } from './hidden-rows.js';

/**
 * A row whose reference names something that the query was told to hide gets nothing there, instead
 * of null: a save would take null for the wish to clear the reference.
 */
export function keepReferences(
  map: QueryExpressionMap,
  entities: readonly ObjectLiteral[],
  hides: (join: JoinAttribute) => boolean,
): void {
  const holders = new Map([[map.mainAlias?.name, entities]]);
  for (const join of map.joinAttributes) {
    if (!join.isSelected) continue;
    const rows = holders.get(join.parentAlias) ?? [];
    const { relation } = join;
    const property = join.mapToPropertyPropertyName ?? relation?.propertyName;
    if (isReference(relation) && property === relation.propertyName && hides(join)) {
      keepReference(relation, rows);
    }
    const found = rows.flatMap((row) => joined(join, row));
    holders.set(join.alias.name, found);
  }
}

export function keepReference(relation: RelationMetadata, rows: readonly ObjectLiteral[]): void {
  for (const row of rows) {
    const isEmpty = relation.getEntityValue(row) === null;
    if (isEmpty && mayName(relation, row)) relation.setEntityValue(row, undefined);
  }
}

/** By the columns of the key, as far as they were read; the tenant is the same for every reference. */
function mayName(relation: RelationMetadata, row: ObjectLiteral): boolean {
  return relation.joinColumns
    .filter((column) => column.propertyName !== TENANT_PROPERTY && !column.isVirtual)
    .every((column) => column.getEntityValue(row) !== null);
}

function joined(join: JoinAttribute, row: ObjectLiteral): ObjectLiteral[] {
  const name = join.mapToPropertyPropertyName;
  const value: unknown = name === undefined ? join.relation?.getEntityValue(row) : row[name];
  return [value]
    .flat()
    .filter((one): one is ObjectLiteral => typeof one === 'object' && one !== null);
}
