import {
  type EntitySubscriberInterface,
  EventSubscriber,
  type InsertEvent,
  type ObjectLiteral,
} from 'typeorm';
import { notFound } from './tenant-update-query-builder.js';

/** Entities that were handed to save() with an id: whoever does that means a row that is there. */
const claimed = new WeakSet<ObjectLiteral>();

export function claimIds(entity: ObjectLiteral): void {
  if (entity['id'] === undefined || entity['id'] === null) claimed.delete(entity);
  else claimed.add(entity);
}

/**
 * TypeORM's save() inserts what it does not find. For an id of another tenant that would write a
 * look-alike and answer differently than for a missing id; both are answered "not found" here.
 */
@EventSubscriber()
export class ClaimedIdSubscriber implements EntitySubscriberInterface {
  beforeInsert(event: InsertEvent<ObjectLiteral>): void {
    if (event.entity && claimed.has(event.entity)) throw notFound(event.metadata.name);
  }
}
