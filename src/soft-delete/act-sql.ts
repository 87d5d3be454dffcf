import type { EntityManager, EntityMetadata } from 'typeorm';
import { stateOf } from '../predicate/deletion-form.js';
import type { TenantSoftDeleteQueryBuilder } from '../predicate/tenant-soft-delete-query-builder.js';
import { quoteName } from '../schema/sql.js';
import type { OwnerReference } from './owner-reference.js';

export type ActBuilder = TenantSoftDeleteQueryBuilder<never>;

export const OWNER = '"rowguard_owner"';
const OWNER_ALIAS = 'rowguard_owner';

/** A builder for another table of an act, which the same connection sends. */
export function deletionOf(manager: EntityManager, metadata: EntityMetadata): ActBuilder {
  return asActBuilder(manager.createQueryBuilder().softDelete().from(metadata.target));
}

export function restorationOf(manager: EntityManager, metadata: EntityMetadata): ActBuilder {
  return asActBuilder(manager.createQueryBuilder().restore().from(metadata.target));
}

function asActBuilder(builder: unknown): ActBuilder {
  return builder as ActBuilder;
}

export function tablePath({ schema, tableName }: EntityMetadata): string {
  return schema ? `${quoteName(schema)}.${quoteName(tableName)}` : quoteName(tableName);
}

/** The rows whose owners fulfil a condition, which calls them OWNER. `row`: their own table. */
export function namesOwner(
  builder: ActBuilder,
  { owner, columns }: OwnerReference,
  row: string,
  condition: string,
): string {
  const own = columns.map((one) => `${row}.${quoteName(one.own)}`).join(', ');
  const owned = columns.map((one) => `${OWNER}.${quoteName(one.owned)}`).join(', ');
  const rows = builder.confined(owner, OWNER_ALIAS, condition);
  const owners = builder.signed(
    `SELECT ${owned} FROM ${tablePath(owner)} AS ${OWNER} WHERE ${rows}`,
  );
  return `(${own}) IN (${owners})`;
}

/** Holds the rows, so that nobody refers to one of them meanwhile, and looks at each again. */
export function lockedFirst(builder: ActBuilder): (condition: string, table: string) => string {
  const key = builder.metadata.primaryColumns.map((one) => quoteName(one.databaseName)).join(', ');
  return (condition, table) =>
    `(${key}) IN (${builder.signed(`SELECT ${key} FROM ${table} WHERE ${condition} FOR UPDATE`)})`;
}

/** True for all rows of a table whose rows are never deleted softly. */
export function isLiving(metadata: EntityMetadata, row: string): string {
  return metadata.deleteDateColumn ? stateOf(metadata, false, `${row}.`) : 'TRUE';
}

/** The columns by which a row names its owner, as a condition on both. */
export function isOwnedBy({ columns }: OwnerReference, row: string, owner: string): string {
  return columns
    .map((one) => `${row}.${quoteName(one.own)} = ${owner}.${quoteName(one.owned)}`)
    .join(' AND ');
}
