import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import { type FieldProblem, ValidationFailedError } from '../errors/validation-failed.error.js';
import { problemsOfNewRow } from '../validation/row-check.js';
import { type RowPlace, notePlace } from '../validation/row-places.js';
import { ClaimedIdSubscriber } from './claimed-ids.js';
import type { SavedRow } from './deleted/reached-rows.js';
import { referredRows } from './tenant-filling.js';

export interface FoundRow extends SavedRow {
  readonly place: RowPlace;
  /** It will be inserted: it has no id, and the save reaches it to insert it. */
  readonly isNew: boolean;
}

/** The rows that a save of these entities may write, as far as its cascades lead. */
export function rowsToSave(
  source: DataSource,
  target: EntityTarget<ObjectLiteral> | undefined,
  entities: readonly ObjectLiteral[],
): readonly FoundRow[] {
  const found = new Map<ObjectLiteral, FoundRow>();
  entities.forEach((entity, row) => {
    const own = target ?? (entity.constructor as EntityTarget<ObjectLiteral>);
    if (!source.hasMetadata(own)) return;
    const place: RowPlace = { ...(entities.length > 1 ? { row } : {}), path: '' };
    walk(entity, source.getMetadata(own), place, true, found);
  });
  return [...found.values()];
}

/**
 * Looks over new rows before TypeORM asks for a connection. Whatever cannot be told yet, since a
 * listener may still fill it or since it is not known what an update changes, is looked over when
 * TypeORM announces it, which is before it writes anything.
 */
export function checkBeforeSave(source: DataSource, rows: readonly FoundRow[]): void {
  for (const { entity, place } of rows) notePlace(entity, place);
  const fresh = rows.filter((one) => one.isNew);
  const [main] = fresh;
  if (!main || !fresh.every(({ metadata }) => isFinal(source, metadata))) return;
  const problems = fresh.flatMap(
    ({ metadata, entity, place: { path, ...place } }): FieldProblem[] =>
      problemsOfNewRow(metadata, entity, { mayBeLinked: true }, place, path),
  );
  if (problems.length > 0) throw new ValidationFailedError(main.metadata.name, problems);
}

/** Nothing fills its rows between the call and the statement. */
export function isFinal(source: DataSource, metadata: EntityMetadata): boolean {
  const isFilled = source.subscribers.some(
    (one) => one.beforeInsert !== undefined && !(one instanceof ClaimedIdSubscriber),
  );
  return metadata.beforeInsertListeners.length === 0 && !isFilled;
}

function walk(
  entity: ObjectLiteral,
  declared: EntityMetadata,
  place: RowPlace,
  isInserted: boolean,
  found: Map<ObjectLiteral, FoundRow>,
): void {
  const known = found.get(entity);
  if (known && (known.isNew || !isInserted)) return;
  const metadata = declared.findInheritanceMetadata(entity);
  const isNew = isInserted && lacksKey(metadata, entity);
  found.set(entity, { metadata, entity, place: known?.place ?? place, isNew });
  if (known) return;
  for (const relation of metadata.relations) {
    if (!relation.isCascadeInsert && !relation.isCascadeUpdate) continue;
    const rows = referredRows(relation.isLazy, relation.propertyName, entity);
    const isList = relation.isOneToMany || relation.isManyToMany;
    rows.forEach((row, at) => {
      const path = `${place.path}${relation.propertyName}.${isList ? `${at}.` : ''}`;
      walk(
        row,
        relation.inverseEntityMetadata,
        { ...place, path },
        relation.isCascadeInsert,
        found,
      );
    });
  }
}

function lacksKey(metadata: EntityMetadata, entity: ObjectLiteral): boolean {
  return metadata.primaryColumns.some((column) => {
    if (!column.isGenerated) return false;
    const value: unknown = column.getEntityValue(entity);
    return value === undefined || value === null;
  });
}
