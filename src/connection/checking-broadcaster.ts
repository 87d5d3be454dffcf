import type { EntityMetadata, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { Broadcaster } from 'typeorm/subscriber/Broadcaster.js';
import type { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import { type FieldProblem, ValidationFailedError } from '../errors/validation-failed.error.js';
import { problemsOfChanges, problemsOfNewRow } from '../validation/row-check.js';
import { isLeftToBuilder } from '../validation/checked-by-builder.js';
import { placeOf } from '../validation/row-places.js';

interface AnnouncedRow {
  readonly metadata: EntityMetadata;
  readonly entity: ObjectLiteral;
  /** What an update writes; undefined for a new row. */
  readonly changed?: readonly ColumnMetadata[];
}

/**
 * Looks over everything that one save() is about to write, once all listeners have had their say
 * and before the first row is written: TypeORM writes the rows one after the other, and the builders
 * alone would tell of the first bad one only.
 */
export class CheckingBroadcaster extends Broadcaster {
  private readonly announced = new WeakMap<BroadcasterResult, AnnouncedRow[]>();

  override broadcastBeforeInsertEvent(
    result: BroadcasterResult,
    metadata: EntityMetadata,
    entity: ObjectLiteral | undefined,
  ): void {
    super.broadcastBeforeInsertEvent(result, metadata, entity);
    if (entity && !isLeftToBuilder(entity)) this.note(result, { metadata, entity });
  }

  override broadcastBeforeUpdateEvent(
    result: BroadcasterResult,
    metadata: EntityMetadata,
    entity?: ObjectLiteral,
    databaseEntity?: ObjectLiteral,
    changed?: ColumnMetadata[],
    relations?: RelationMetadata[],
  ): void {
    super.broadcastBeforeUpdateEvent(result, metadata, entity, databaseEntity, changed, relations);
    if (!entity || !changed) return;
    const joined = (relations ?? []).flatMap((relation) => relation.joinColumns);
    this.note(result, { metadata, entity, changed: [...changed, ...joined] });
  }

  private note(result: BroadcasterResult, row: AnnouncedRow): void {
    const rows = this.announced.get(result);
    if (rows) {
      rows.push(row);
      return;
    }
    const first = [row];
    this.announced.set(result, first);
    const others = () => result.promises.filter((one) => one !== checked);
    const checked: Promise<void> = Promise.resolve().then(async () => {
      await Promise.all(others());
      checkTogether(first);
    });
    // A listener that throws ends the save before anybody waits for this.
    checked.catch(() => undefined);
    result.promises.push(checked);
  }
}

function checkTogether(rows: readonly AnnouncedRow[]): void {
  const [main] = rows;
  const found = rows.flatMap(({ metadata, entity, changed }): FieldProblem[] => {
    const { path, ...row } = placeOf(entity) ?? { path: undefined };
    const isNamed = path !== undefined || metadata === main?.metadata;
    const place = { ...row, ...(isNamed ? {} : { entity: metadata.name }) };
    return changed
      ? problemsOfChanges(metadata, entity, place, path, changed)
      : problemsOfNewRow(metadata, entity, { mayBeLinked: true }, place, path);
  });
  if (main && found.length > 0) throw new ValidationFailedError(main.metadata.name, found);
}
