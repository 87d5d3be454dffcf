import {
  type EntitySubscriberInterface,
  EventSubscriber,
  type InsertEvent,
  type ObjectLiteral,
  type QueryRunner,
  type TransactionCommitEvent,
  type TransactionRollbackEvent,
} from 'typeorm';
import { notFound } from './tenant-update-query-builder.js';

/** Entities that were handed to save() with an id: whoever does that means a row that is there. */
const claimed = new WeakSet<ObjectLiteral>();
/** Ids that an insert gave and a rollback took back: the entity still carries them. */
const undone = new WeakMap<ObjectLiteral, unknown>();

export function claimIds(entity: ObjectLiteral): void {
  const id: unknown = entity['id'];
  if (id === undefined || id === null || undone.get(entity) === id) claimed.delete(entity);
  else claimed.add(entity);
}

/**
 * TypeORM's save() inserts what it does not find. For an id of another tenant that would write a
 * look-alike and answer differently than for a missing id; both are answered "not found" here.
 */
@EventSubscriber()
export class ClaimedIdSubscriber implements EntitySubscriberInterface {
  private readonly inserted = new WeakMap<QueryRunner, ObjectLiteral[]>();

  beforeInsert(event: InsertEvent<ObjectLiteral>): void {
    if (event.entity && claimed.has(event.entity)) throw notFound(event.metadata.name);
  }

  afterInsert({ entity, queryRunner }: InsertEvent<ObjectLiteral>): void {
    if (!entity || !queryRunner.isTransactionActive) return;
    const before = this.inserted.get(queryRunner);
    if (before) before.push(entity);
    else this.inserted.set(queryRunner, [entity]);
  }

  afterTransactionCommit({ queryRunner }: TransactionCommitEvent): void {
    if (!queryRunner.isTransactionActive) this.inserted.delete(queryRunner);
  }

  /** A transaction that is run again may save the same entity again. */
  afterTransactionRollback({ queryRunner }: TransactionRollbackEvent): void {
    for (const entity of this.inserted.get(queryRunner) ?? []) undone.set(entity, entity['id']);
  }
}
