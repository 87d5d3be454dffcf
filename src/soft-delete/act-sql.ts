import type { EntityManager, EntityMetadata } from 'typeorm';
import { stateOf } from '../predicate/deletion-form.js';
import type { TenantSoftDeleteQueryBuilder } from '../predicate/tenant-soft-delete-query-builder.js';
import { quoteName } from '../schema/sql.js';
import type { OwnerReference } from './owner-reference.js';

export type ActBuilder = TenantSoftDeleteQueryBuilder<never>;

export const OWNER = '"rowguard_owner"';
const OWNER_ALIAS = 'rowguard_owner';
const COMPANION = '"rowguard_companion"';
const COMPANION_ALIAS = 'rowguard_companion';
const FEW = 100;

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

/**
 * The rows whose owners fulfil a condition, which calls them OWNER. `row`: their own table. PostgreSQL
 * takes an act for a single row; where owners are many, it is kept from looking through all of them
 * for each row, and makes a table of hashes instead.
 */
export function namesOwner(
  builder: ActBuilder,
  { owner, columns }: OwnerReference,
  row: string,
  condition: string,
  owners = 1,
): string {
  const own = columns.map((one) => `${row}.${quoteName(one.own)}`).join(', ');
  const owned = columns.map((one) => `${OWNER}.${quoteName(one.owned)}`).join(', ');
  const rows = builder.confined(owner, OWNER_ALIAS, condition);
  const named = builder.signed(
    `SELECT ${owned} FROM ${tablePath(owner)} AS ${OWNER} WHERE ${rows} OFFSET 0`,
  );
  const names = `(${own}) IN (${named})`;
  return owners > FEW ? `(${names}) IS TRUE` : names;
}

/**
 * Holds the rows before anything is done to them, so that nobody refers to one meanwhile. As a count
 * that is taken first: PostgreSQL takes acts for small, and would join many rows one by one.
 */
export function lockedFirst(builder: ActBuilder): (condition: string, table: string) => string {
  return (condition, table) => {
    const rows = builder.signed(`SELECT 1 FROM ${table} WHERE ${condition} FOR UPDATE`);
    const count = builder.signed(`SELECT count(*) FROM (${rows}) AS "rowguard_held"`);
    return `${condition} AND (${count}) >= 0`;
  };
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

/**
 * True where the owner of a row was deleted by the same act. OFFSET 0 keeps to the key of the owner: an
 * index of deleted rows looks small to PostgreSQL, and may hold a hundred thousand.
 */
export function inOneAct(builder: ActBuilder, reference: OwnerReference, row: string): string {
  const { owner } = reference;
  const rows = builder.confined(owner, COMPANION_ALIAS, isOwnedBy(reference, row, COMPANION));
  const owners = builder.signed(
    `SELECT * FROM ${tablePath(owner)} AS ${COMPANION} WHERE ${rows} OFFSET 0`,
  );
  const together = `SELECT FROM (${owners}) AS ${COMPANION} WHERE ${COMPANION}."delete_batch" = ${row}."delete_batch"`;
  return `EXISTS (${builder.signed(together)})`;
}
