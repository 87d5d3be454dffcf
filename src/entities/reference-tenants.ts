import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_PROPERTY } from './base-columns.js';

/**
 * A reference shares the tenant column of its row. TypeORM then takes the value of the column from
 * the referred row, so that a cleared or half-known reference reads as a row without a tenant.
 * Each reference gets a view of the column of its own, and the column is the row's again.
 */
export function separateReferenceTenants(metadatas: readonly EntityMetadata[]): void {
  for (const metadata of metadatas) {
    const own = metadata.columns.find((column) => column.propertyName === TENANT_PROPERTY);
    if (!own || metadata.tableType === 'junction') continue;
    for (const relation of metadata.relations) {
      if (!relation.joinColumns.includes(own)) continue;
      // Last, because TypeORM takes the first column for the whole where it wants a single one.
      const others = relation.joinColumns.filter((column) => column !== own);
      relation.joinColumns = [...others, viewOf(own)];
    }
    Object.assign(own, { relationMetadata: undefined, referencedColumn: undefined });
  }
}

/**
 * Nullable as far as the reference goes: where a column of a reference cannot be null, TypeORM
 * deletes the rows that leave a collection instead of clearing their reference.
 */
function viewOf(column: ColumnMetadata): ColumnMetadata {
  const prototype = Object.getPrototypeOf(column) as object;
  const view = Object.assign(Object.create(prototype) as ColumnMetadata, column);
  view.isNullable = true;
  return view;
}
