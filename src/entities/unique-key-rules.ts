import type { EntityMetadata } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { TENANT_COLUMN } from './base-columns.js';
import { classOf } from './entity-classification.js';
import { isUniqueForever } from './unique-forever.decorator.js';

/** What is wrong with the unique keys of an entity, and what mends it. */
export interface KeyProblem {
  readonly problem: string;
  readonly mend: string;
}

interface UniqueKey {
  readonly columns: readonly ColumnMetadata[];
  /** It holds for some rows only, or cannot: PostgreSQL defers no partial key. */
  readonly isAllowed: boolean;
}

export function problemOfKeys(metadata: EntityMetadata): KeyProblem | undefined {
  const keys = keysOf(metadata);
  const open = keys.find((key) => classOf(metadata) === 'tenant' && !hasTenant(key));
  if (open) {
    return {
      problem: `has a unique key on ${named(open)} without tenant_id, which tells one tenant what another has`,
      mend: 'Use @UniqueActive, which puts tenant_id first',
    };
  }
  if (!metadata.deleteDateColumn) return undefined;
  const held = keys.find((key) => !key.isAllowed && !isMeantForGood(metadata, key));
  if (!held) return undefined;
  return {
    problem: `has a unique key on ${named(held)} that deleted rows hold too, so that nothing deleted can be written again`,
    mend: mendOf(metadata, held),
  };
}

function keysOf(metadata: EntityMetadata): UniqueKey[] {
  const indices = metadata.indices.filter((index) => index.isUnique);
  return [
    ...metadata.uniques.map(({ columns, deferrable }) => ({
      columns,
      isAllowed: deferrable !== undefined,
    })),
    ...indices.map(({ columns, where }) => ({ columns, isAllowed: Boolean(where) })),
  ];
}

function hasTenant({ columns }: UniqueKey): boolean {
  return columns.some((column) => column.databaseName === TENANT_COLUMN);
}

function isMeantForGood(metadata: EntityMetadata, { columns }: UniqueKey): boolean {
  return isUniqueForever(
    metadata,
    columns.map((column) => column.propertyPath),
  );
}

function mendOf(metadata: EntityMetadata, { columns }: UniqueKey): string {
  const relation = metadata.oneToOneRelations.find(
    (one) => one.isOwning && one.joinColumns.every((column) => columns.includes(column)),
  );
  const instead = relation
    ? `Make ${relation.propertyName} a @TenantManyToOne, with @UniqueActive on its id`
    : 'Use @UniqueActive, which counts the rows that are not deleted';
  return `${instead}; or @UniqueForever, if a value may never be given again`;
}

function named({ columns }: UniqueKey): string {
  return `(${columns.map((column) => column.databaseName).join(', ')})`;
}
