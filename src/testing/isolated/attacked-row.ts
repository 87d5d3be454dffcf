import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_PROPERTY } from '../../entities/base-columns.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';
import { quoteName } from '../../schema/sql.js';
import { type Cells, isJsonColumn } from '../factories/encoded-cells.js';

/** A row that somebody goes for: of another tenant, or, to see that the way leads anywhere, an own one. */
export interface Victim {
  readonly tenantId: string;
  readonly row: ObjectLiteral;
}

/** What one try has at hand, in the work of the tenant that tries. */
export interface Attempt {
  readonly source: RowguardDataSource;
  readonly metadata: EntityMetadata;
  readonly victim: Victim;
  /** A row of the tenant that tries. */
  readonly own: ObjectLiteral;
  /** A row that could be inserted for the tenant that tries, by columns; undefined: not known. */
  readonly fresh: Cells | undefined;
}

/** What tells a row from the others of its tenant, by properties. */
export function keyOf(metadata: EntityMetadata, row: ObjectLiteral): ObjectLiteral {
  const key: ObjectLiteral = {};
  for (const column of metadata.primaryColumns) {
    if (column.propertyName === TENANT_PROPERTY) continue;
    key[column.propertyName] = column.getEntityValue(row) as unknown;
  }
  return key;
}

/** The same as a condition in SQL. */
export function keyInSql(metadata: EntityMetadata, row: ObjectLiteral): [string, unknown[]] {
  const columns = metadata.primaryColumns.filter((one) => one.propertyName !== TENANT_PROPERTY);
  const parts = columns.map((one, at) => `${quoteName(one.databaseName)} = $${at + 1}`);
  const values = columns.map((one) => one.getEntityValue(row) as unknown);
  return [parts.length === 0 ? 'true' : parts.join(' and '), values];
}

export function tableOf(metadata: EntityMetadata, source: RowguardDataSource): string {
  return `${quoteName(metadata.schema ?? source.schemaName)}.${quoteName(metadata.tableName)}`;
}

/** A property that may be written anew, with a value that no other row has, where one is known. */
export function writableOf({ metadata, own, fresh = {} }: Attempt): ObjectLiteral {
  const columns = metadata.columns.filter(
    (one) =>
      one.isUpdate &&
      !one.isPrimary &&
      !one.isVirtual &&
      !one.relationMetadata &&
      !one.embeddedMetadata &&
      one.propertyName !== TENANT_PROPERTY &&
      !(one.isCreateDate || one.isUpdateDate || one.isDeleteDate || one.isVersion),
  );
  const valueOf = (column: ColumnMetadata): unknown => {
    const cell = fresh[column.databaseName];
    return isJsonColumn(column) && typeof cell === 'string' ? JSON.parse(cell) : cell;
  };
  const known = columns.find((one) => fresh[one.databaseName] !== undefined);
  if (known) return { [known.propertyName]: valueOf(known) };
  const other = columns.find((one) => one.getEntityValue(own) !== undefined);
  return other ? { [other.propertyName]: other.getEntityValue(own) as unknown } : {};
}
