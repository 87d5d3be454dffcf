import type { DataSource, EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_COLUMN } from '../entities/base-columns.js';
import { classOf } from '../entities/entity-classification.js';
import { meaningOf } from '../entities/rule.decorator.js';

/** What the entities say of one constraint. */
export interface KnownConstraint {
  readonly metadata: EntityMetadata;
  readonly properties: readonly string[];
  /** Of a foreign key: whose rows it refers to. */
  readonly referenced?: EntityMetadata;
  /** Of a check or an exclusion: what it is there for. */
  readonly rule?: string;
  /** Among the rows that are not deleted only. */
  readonly isOfLiving?: boolean;
}

interface Place {
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
}

type Catalog = ReadonlyMap<string, EntityMetadata | KnownConstraint>;

/** By the list of the metadata itself: a data source that builds it anew gets a new catalog. */
const catalogs = new WeakMap<readonly EntityMetadata[], Catalog>();

export function knownConstraint(
  source: DataSource,
  place: Place,
  constraint: string | undefined,
): KnownConstraint | undefined {
  if (constraint === undefined) return undefined;
  return lookUp(source, place, constraint) as KnownConstraint | undefined;
}

export function metadataOfTable(source: DataSource, place: Place): EntityMetadata | undefined {
  return lookUp(source, place, '') as EntityMetadata | undefined;
}

export function isShared(metadata: EntityMetadata): boolean {
  return classOf(metadata) !== 'tenant';
}

function lookUp(source: DataSource, { schema = '', table }: Place, constraint: string) {
  if (table === undefined) return undefined;
  let catalog = catalogs.get(source.entityMetadatas);
  if (catalog === undefined) {
    catalog = catalogOf(source);
    catalogs.set(source.entityMetadatas, catalog);
  }
  // Entities that name no schema are found by the table alone.
  return catalog.get(key(schema, table, constraint)) ?? catalog.get(key('', table, constraint));
}

function catalogOf(source: DataSource): Catalog {
  const catalog = new Map<string, EntityMetadata | KnownConstraint>();
  for (const metadata of source.entityMetadatas) {
    const note = (constraint: string | undefined, known: EntityMetadata | KnownConstraint) => {
      const at = key(metadata.schema ?? '', metadata.tableName, constraint ?? '');
      if (!catalog.has(at)) catalog.set(at, known);
    };
    note('', metadata);
    for (const [name, known] of constraintsOf(source, metadata)) {
      if (name) note(name, known);
    }
  }
  return catalog;
}

function constraintsOf(
  source: DataSource,
  metadata: EntityMetadata,
): [string | undefined, KnownConstraint][] {
  const columns = metadata.primaryColumns.map((column) => column.databaseName);
  const primary =
    metadata.primaryColumns[0]?.primaryKeyConstraintName ??
    source.namingStrategy.primaryKeyName(metadata.tableName, columns);
  return [
    [primary, { metadata, properties: propertiesOf(metadata.primaryColumns) }],
    ...metadata.uniques.map((one): [string, KnownConstraint] => [
      one.name,
      { metadata, properties: propertiesOf(one.columns) },
    ]),
    ...metadata.indices.map((one): [string, KnownConstraint] => [
      one.name,
      {
        metadata,
        properties: propertiesOf(one.columns),
        isOfLiving: /"?deleted_at"? IS NULL/i.test(one.where ?? ''),
      },
    ]),
    ...metadata.foreignKeys.map((one): [string, KnownConstraint] => [
      one.name,
      { metadata, properties: propertiesOf(one.columns), referenced: one.referencedEntityMetadata },
    ]),
    ...[...metadata.checks, ...metadata.exclusions].map((one): [string, KnownConstraint] => [
      one.name,
      {
        metadata,
        properties: propertiesIn(metadata, one.expression),
        rule: meaningOf(metadata, one.name) ?? one.expression,
      },
    ]),
  ];
}

function propertiesOf(columns: readonly ColumnMetadata[]): string[] {
  return columns
    .filter((column) => column.databaseName !== TENANT_COLUMN)
    .map((column) => column.propertyPath);
}

/** The columns that an expression names. */
function propertiesIn(metadata: EntityMetadata, expression: string): string[] {
  const named = new Set(expression.match(/\w+/g));
  return propertiesOf(metadata.columns.filter((column) => named.has(column.databaseName)));
}

function key(schema: string, table: string, constraint: string): string {
  return `${schema}\n${table}\n${constraint}`;
}
