import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { StatementForm } from './delete-acts.js';

export const BATCH = ':rowguard_batch';

/** By property, as SQL. */
export type Assignments = Readonly<Record<string, string>>;

export const LIVING: Assignments = {
  deletedAt: 'NULL',
  deletedBy: 'NULL',
  deleteBatch: 'NULL',
  deleteReason: 'NULL',
};

export const DELETED: Assignments = {
  deletedAt: 'CURRENT_TIMESTAMP',
  deletedBy: ':rowguard_deleted_by',
  deleteBatch: BATCH,
  deleteReason: ':rowguard_delete_reason',
};

/** The statement as TypeORM has it, where nobody makes an act of it. */
export function plainDeletion(metadata: EntityMetadata, restores: boolean): StatementForm {
  const deletedAt = restores ? 'NULL' : 'CURRENT_TIMESTAMP';
  return updateOf(metadata, { deletedAt }, restores);
}

/** `isDeleted`: what the rows are before, without which nothing is done to them. */
export function updateOf(
  metadata: EntityMetadata,
  values: Assignments,
  isDeleted: boolean,
  narrowed?: (condition: string, table: string) => string,
): StatementForm {
  const assignments = assignmentsOf(metadata, values).join(', ');
  const state = stateOf(metadata, isDeleted);
  return ({ table, condition, where, returning }) => {
    const asked = `${condition} AND ${state}`;
    const rows = where(narrowed ? narrowed(asked, table) : asked);
    return `UPDATE ${table} SET ${assignments}${rows}${returning}`;
  };
}

export function stateOf(metadata: EntityMetadata, isDeleted: boolean, row = ''): string {
  return `${row}${quoted(metadata.deleteDateColumn)} IS ${isDeleted ? 'NOT NULL' : 'NULL'}`;
}

/** Quoted names of the columns of the entity, without those that it does not have. */
export function assignmentsOf(metadata: EntityMetadata, values: Assignments): string[] {
  const given = Object.entries(values).flatMap(([property, value]) => {
    const column = metadata.findColumnWithPropertyName(property);
    return column ? [`${quoted(column)} = ${value}`] : [];
  });
  const { versionColumn: version, updateDateColumn: updated } = metadata;
  if (version) given.push(`${quoted(version)} = ${quoted(version)} + 1`);
  if (updated) given.push(`${quoted(updated)} = CURRENT_TIMESTAMP`);
  return given;
}

function quoted(column: ColumnMetadata | undefined): string {
  return column?.entityMetadata.dataSource.driver.escape(column.databaseName) ?? '';
}
