import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { ForeignKeyMetadata } from 'typeorm/metadata/ForeignKeyMetadata.js';
import { TENANT_COLUMN } from '../../entities/base-columns.js';
import { classOf, isAppendOnly, isReadOnly } from '../../entities/entity-classification.js';
import {
  type Diagram,
  type DiagramColumn,
  type DiagramIndex,
  type DiagramReference,
  type DiagramTable,
  inOrder,
  type TableKind,
} from './diagram.js';

/** What the generator cannot know: which domain an entity is part of, and which ones are wanted. */
export interface DiagramChoice {
  domainOf(metadata: EntityMetadata): string | null;
  isWanted(metadata: EntityMetadata): boolean;
}

const HOUSEKEEPING = new Set([
  'createdAt',
  'updatedAt',
  'deletedAt',
  'deletedBy',
  'deleteBatch',
  'deleteReason',
  'version',
]);
const SHORT_TYPES: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'character varying': 'varchar',
};
const CHOICE = /^"(\w+)" IN \((.*)\)$/;

/** The wanted tables whole, and of those that they refer to the keys. */
export function buildDiagram(metadatas: readonly EntityMetadata[], choice: DiagramChoice): Diagram {
  const wanted = metadatas.filter((one) => choice.isWanted(one));
  const referredTo = wanted.flatMap((one) =>
    one.foreignKeys.map((key) => key.referencedEntityMetadata),
  );
  const stubs = [...new Set(referredTo)].filter((one) => !wanted.includes(one));
  const tables = [
    ...wanted.map((one) => tableOf(one, choice.domainOf(one))),
    ...stubs.map((one) => stubOf(tableOf(one, choice.domainOf(one)))),
  ];
  return { tables: tables.toSorted((one, other) => inOrder(one.name, other.name)) };
}

function tableOf(metadata: EntityMetadata, domain: string | null): DiagramTable {
  const checks = metadata.checks.map(({ name, expression }) => ({ name, expression }));
  return {
    name: metadata.tableName,
    schema: metadata.schema ?? null,
    domain,
    kind: kindOf(metadata),
    isStub: false,
    columns: metadata.columns.map((column) => columnOf(metadata, column)),
    indexes: indexesOf(metadata).toSorted((one, other) => inOrder(one.name, other.name)),
    checks: checks.toSorted((one, other) => inOrder(one.name, other.name)),
    references: metadata.foreignKeys
      .map((key) => referenceOf(metadata, key))
      .toSorted((one, other) => inOrder(one.name, other.name)),
  };
}

function stubOf(table: DiagramTable): DiagramTable {
  const columns = table.columns.filter((column) => column.isPrimary);
  return { ...table, isStub: true, columns, indexes: [], checks: [], references: [] };
}

function kindOf(metadata: EntityMetadata): TableKind {
  if (metadata.tableType === 'view') return 'view';
  if (isAppendOnly(metadata) || isReadOnly(metadata)) return 'append-only';
  return classOf(metadata) === 'tenant' ? 'tenant' : 'shared';
}

function columnOf(metadata: EntityMetadata, column: ColumnMetadata): DiagramColumn {
  const own = (key: ForeignKeyMetadata) => key.columns.includes(column);
  return {
    name: column.databaseName,
    type: typeOf(column),
    isNullable: column.isNullable,
    isPrimary: column.isPrimary,
    // The tenant is part of every reference, and says nothing about one.
    isReference: metadata.foreignKeys.some(
      (key) => own(key) && (key.columns.length === 1 || column.databaseName !== TENANT_COLUMN),
    ),
    isHousekeeping: metadata.tableType !== 'view' && HOUSEKEEPING.has(column.propertyName),
    default: defaultOf(column),
    choices: choicesOf(metadata, column),
  };
}

function typeOf(column: ColumnMetadata): string {
  const { driver } = column.entityMetadata.dataSource;
  const type = driver.normalizeType(column);
  const { precision, scale, length, isArray } = column;
  const size =
    scale === undefined ? [precision ?? (length || undefined)] : [precision ?? undefined, scale];
  const known = size.filter((part) => part !== undefined);
  return `${SHORT_TYPES[type] ?? type}${known.length > 0 ? `(${known.join(',')})` : ''}${isArray ? '[]' : ''}`;
}

function defaultOf(column: ColumnMetadata): string | null {
  if (column.generationStrategy === 'uuid') return 'gen_random_uuid()';
  return column.entityMetadata.dataSource.driver.normalizeDefault(column) ?? null;
}

function choicesOf(metadata: EntityMetadata, column: ColumnMetadata): string[] | null {
  for (const { expression } of metadata.checks) {
    const [, name, list] = CHOICE.exec(expression) ?? [];
    if (name !== column.databaseName || list === undefined) continue;
    return [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, word]) => word ?? '');
  }
  return null;
}

function indexesOf(metadata: EntityMetadata): DiagramIndex[] {
  const uniques = metadata.uniques.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => column.databaseName),
    isUnique: true,
    where: null,
  }));
  const indexes = metadata.indices
    // Those that TypeORM cannot express are made by a migration; only their name is known here.
    .filter((index) => index.columns.length > 0)
    .map(({ name, columns, isUnique, where }) => ({
      name,
      columns: columns.map((column) => column.databaseName),
      isUnique,
      where: where ?? null,
    }));
  return [...uniques, ...indexes];
}

function referenceOf(metadata: EntityMetadata, key: ForeignKeyMetadata): DiagramReference {
  const columns = key.columns.map((column) => column.databaseName);
  const keys = [
    metadata.primaryColumns.map((column) => column.databaseName),
    ...indexesOf(metadata).flatMap((index) => (index.isUnique ? [index.columns] : [])),
  ];
  return {
    name: key.name,
    columns,
    table: key.referencedEntityMetadata.tableName,
    tableColumns: key.referencedColumns.map((column) => column.databaseName),
    onDelete: key.onDelete ?? 'NO ACTION',
    isOptional: key.columns.some((column) => column.isNullable),
    isUnique: keys.some((unique) => unique.every((column) => columns.includes(column))),
  };
}
