import type { EntityManager } from 'typeorm';
import { sendOwn } from '../own-statement.js';

const LEAVE = {
  'items of a collection': statement({
    table: 'artifact_collection_items',
    own: 'collection_id',
    other: ['artifacts', 'artifact_id'],
  }),
  'places of an artifact': statement({
    table: 'artifact_collection_items',
    own: 'artifact_id',
    other: ['artifact_collections', 'collection_id'],
  }),
  'relationships from an artifact': statement({
    table: 'artifact_relationships',
    own: 'from_id',
    other: ['artifacts', 'to_id'],
  }),
  'relationships to an artifact': statement({
    table: 'artifact_relationships',
    own: 'to_id',
    other: ['artifacts', 'from_id'],
  }),
} as const;

/**
 * What stands between two rows went with the one that was deleted first, and comes back with it.
 * If the other has been deleted since, it stays deleted, from now on with the other.
 */
export async function leaveWithDeleted(
  manager: EntityManager,
  what: keyof typeof LEAVE,
  ownId: string,
): Promise<void> {
  await sendOwn(manager, LEAVE[what], [ownId]);
}

function statement({
  table,
  own,
  other: [otherTable, reference],
}: {
  readonly table: string;
  readonly own: string;
  readonly other: readonly [string, string];
}): string {
  return `
    UPDATE ${table} AS child
       SET deleted_at = other.deleted_at, deleted_by = other.deleted_by,
           delete_batch = other.delete_batch
      FROM ${otherTable} AS other
     WHERE child.tenant_id = $1 AND child.${own} = $2 AND child.deleted_at IS NULL
       AND other.tenant_id = $1 AND other.id = child.${reference}
       AND other.deleted_at IS NOT NULL`;
}
