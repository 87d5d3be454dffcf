import type { DataSource, EntityMetadata } from 'typeorm';
import { tenantColumnOf } from '../../entities/entity-classification.js';
import { qualified } from '../../schema/table-plan.js';

/** A table whose deleted rows may go; columns by the names that the database knows. */
export interface PurgeTable {
  readonly metadata: EntityMetadata;
  readonly schema: string;
  readonly table: string;
  /** As SQL names it. */
  readonly path: string;
  readonly tenantColumn: string | undefined;
  readonly deletedColumn: string;
  /** What a hold names a row by; undefined where no single column does. */
  readonly idColumn: string | undefined;
  readonly keepDays: number;
}

export function purgeTable(
  source: DataSource,
  metadata: EntityMetadata,
  keepDays: number,
): PurgeTable {
  const schema = metadata.schema ?? defaultSchemaOf(source);
  const tenantColumn = tenantColumnOf(metadata)?.databaseName;
  return {
    metadata,
    schema,
    table: metadata.tableName,
    path: qualified({ schema, table: metadata.tableName }),
    tenantColumn,
    deletedColumn: metadata.deleteDateColumn?.databaseName ?? 'deleted_at',
    idColumn: idColumnOf(metadata, tenantColumn),
    keepDays,
  };
}

export function idColumnOf(
  metadata: EntityMetadata,
  tenantColumn = tenantColumnOf(metadata)?.databaseName,
): string | undefined {
  const names = metadata.primaryColumns
    .map((column) => column.databaseName)
    .filter((name) => name !== tenantColumn);
  return names.length === 1 ? names[0] : undefined;
}

export function defaultSchemaOf(source: DataSource): string {
  return (source.driver as { schema?: string }).schema ?? 'public';
}
