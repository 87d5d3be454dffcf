import { AsyncLocalStorage } from 'node:async_hooks';
import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { QueryExpressionMap } from 'typeorm/query-builder/QueryExpressionMap.js';
import type { Builder } from '../confine.js';

/** A row that a save may write. */
export interface SavedRow {
  readonly metadata: EntityMetadata;
  readonly entity: ObjectLiteral;
}

/** Of the save in hand: the rows that it was given as deleted ones, and so means. */
const meantBySave = new AsyncLocalStorage<ReadonlySet<string>>();

/**
 * Inside, an update of one entity reaches a deleted row only if the entity says that it is deleted:
 * what was loaded before the row went would otherwise bring it back, or change it unseen.
 */
export function savingRows<T>(rows: Iterable<SavedRow>, save: () => T): T {
  const meant = new Set<string>();
  for (const { metadata, entity } of rows) {
    if (isDeleted(metadata, entity)) meant.add(keyOf(metadata, entity));
  }
  return meantBySave.run(meant, save);
}

/** The condition that keeps an update away from deleted rows; none where it was told to reach them. */
export function livingOnly(builder: Builder): string[] {
  const { mainAlias, withDeleted } = builder.expressionMap;
  if (!mainAlias?.hasMetadata || withDeleted) return [];
  const { deleteDateColumn } = mainAlias.metadata;
  if (!deleteDateColumn || reachesDeleted(builder.expressionMap, mainAlias.metadata)) return [];
  return [`${builder.escape(deleteDateColumn.databaseName)} IS NULL`];
}

function reachesDeleted(map: QueryExpressionMap, metadata: EntityMetadata): boolean {
  const { whereEntities } = map;
  const values = (map.valuesSet ?? {}) as ObjectLiteral;
  const meant = meantBySave.getStore();
  if (whereEntities.length > 0 && meant) {
    return whereEntities.every((entity) => meant.has(keyOf(metadata, entity as ObjectLiteral)));
  }
  if (metadata.deleteDateColumn?.getEntityValue(values) !== undefined) return true;
  return isPathOnly(metadata, values);
}

/** A branch of a tree that moves takes along what is deleted in it. */
function isPathOnly({ materializedPathColumn }: EntityMetadata, values: ObjectLiteral): boolean {
  const changed = Object.keys(values);
  return changed.length === 1 && changed[0] === materializedPathColumn?.propertyName;
}

function isDeleted({ deleteDateColumn }: EntityMetadata, entity: ObjectLiteral): boolean {
  return (deleteDateColumn?.getEntityValue(entity) ?? null) !== null;
}

function keyOf(metadata: EntityMetadata, entity: ObjectLiteral): string {
  const key = metadata.primaryColumns.map((column) => column.getEntityValue(entity) as unknown);
  return JSON.stringify([metadata.tablePath, ...key]);
}
