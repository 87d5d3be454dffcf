import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/** A row as the database holds it: by the names of its columns. */
export type Cells = Readonly<Record<string, unknown>>;

/** JSON as text: the driver would take a list for an array of PostgreSQL. */
export function encoded(metadata: EntityMetadata, cells: Cells): Cells {
  const isJson = (name: string) =>
    metadata.columns.some((column) => column.databaseName === name && isJsonColumn(column));
  return Object.fromEntries(
    Object.entries(cells).map(([name, cell]) => [
      name,
      isJson(name) && typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell,
    ]),
  );
}

export function isJsonColumn({ type }: ColumnMetadata): boolean {
  return type === 'jsonb' || type === 'json';
}
