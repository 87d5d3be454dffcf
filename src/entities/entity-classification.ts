import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_COLUMN, TENANT_PROPERTY } from './base-columns.js';
import { SharedRow } from './shared-row.js';
import { TenantAppended } from './tenant-appended.js';
import { TenantOwned } from './tenant-owned.js';
import { TenantReadOnly } from './tenant-read-only.js';

export type EntityClass = 'tenant' | 'shared' | 'unclassified';

const known = new WeakMap<EntityMetadata, EntityClass>();

/** Whose rows an entity holds. Join tables belong to whom their owning side belongs to. */
export function classOf(metadata: EntityMetadata): EntityClass {
  let found = known.get(metadata);
  if (found === undefined) {
    found = classify(metadata);
    known.set(metadata, found);
  }
  return found;
}

function classify(metadata: EntityMetadata): EntityClass {
  if (metadata.tableType === 'junction') {
    const sides = metadata.foreignKeys.map((key) => classOf(key.referencedEntityMetadata));
    if (sides.includes('tenant')) return 'tenant';
    return sides.includes('unclassified') ? 'unclassified' : 'shared';
  }
  if (metadata.tableType === 'closure-junction' && metadata.parentClosureEntityMetadata) {
    return classOf(metadata.parentClosureEntityMetadata);
  }
  if (extendsClass(metadata, TenantOwned)) return 'tenant';
  return extendsClass(metadata, SharedRow) ? 'shared' : 'unclassified';
}

function extendsClass(metadata: EntityMetadata, base: Function): boolean {
  const target = metadata.target;
  return typeof target === 'function' && target.prototype instanceof base;
}

/** Rows that may be added and read, and never changed. */
export function isAppendOnly(metadata: EntityMetadata): boolean {
  return extendsClass(metadata, TenantAppended);
}

/** Rows that a tenant may read, and nothing else. */
export function isReadOnly(metadata: EntityMetadata): boolean {
  return extendsClass(metadata, TenantReadOnly);
}

/** The column that holds the tenant, for tenant entities only. */
export function tenantColumnOf(metadata: EntityMetadata): ColumnMetadata | undefined {
  if (classOf(metadata) !== 'tenant') return undefined;
  return metadata.columns.find(
    (column) =>
      column.propertyName === TENANT_PROPERTY ||
      (metadata.tableType === 'junction' && column.databaseName === TENANT_COLUMN),
  );
}
