import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_COLUMN, TENANT_DEFAULT } from './base-columns.js';
import { classOf } from './entity-classification.js';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * TypeORM gives a join table the whole primary key of both sides, and so the tenant twice. Both
 * are one and the same here: one column, in both foreign keys, and the first of the primary key.
 */
export function unifyJoinTableTenants(metadatas: readonly EntityMetadata[]): void {
  for (const metadata of metadatas) {
    if (metadata.tableType === 'junction' && classOf(metadata) === 'tenant') unify(metadata);
  }
}

function unify(metadata: Writable<EntityMetadata>): void {
  const [kept, ...duplicates] = metadata.columns.filter(isTenantColumn);
  if (!kept || duplicates.length === 0) return;
  kept.default = () => TENANT_DEFAULT;
  const dropped = new Set(duplicates);
  const once = (columns: ColumnMetadata[]) => columns.filter((column) => !dropped.has(column));
  const replaced = (columns: ColumnMetadata[]) =>
    columns.map((column) => (dropped.has(column) ? kept : column));

  metadata.ownColumns = once(metadata.ownColumns);
  metadata.columns = once(metadata.columns);
  metadata.primaryColumns = once(metadata.primaryColumns);
  metadata.ownerColumns = replaced(metadata.ownerColumns);
  metadata.inverseColumns = replaced(metadata.inverseColumns);
  for (const key of metadata.foreignKeys) key.columns = replaced(key.columns);
  for (const index of [...metadata.ownIndices, ...metadata.indices]) {
    index.columns = replaced(index.columns);
  }
  for (const owner of metadata.foreignKeys.map((key) => key.referencedEntityMetadata)) {
    for (const relation of owner.manyToManyRelations) {
      if (relation.junctionEntityMetadata !== metadata) continue;
      relation.joinColumns = replaced(relation.joinColumns);
      relation.inverseJoinColumns = replaced(relation.inverseJoinColumns);
    }
  }
}

function isTenantColumn(column: ColumnMetadata): boolean {
  return column.databaseName === TENANT_COLUMN;
}
