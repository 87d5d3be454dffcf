import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { checkRowId } from '../predicate/checked-condition.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';

/**
 * The living row, held until the end of the transaction: whoever wants to delete it waits, so that
 * nothing can be hung onto a row that goes away meanwhile.
 */
export async function requireLiving<Entity extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Entity>,
  id: string,
): Promise<Entity> {
  const metadata = manager.dataSource.getMetadata(entity);
  checkRowId(metadata, id);
  const row = await manager
    .createQueryBuilder(entity, 'held')
    .where('held.id = :id', { id })
    .setLock('pessimistic_read')
    .getOne();
  if (!row) throw notFound(metadata.name);
  return row;
}
