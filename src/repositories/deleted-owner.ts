import type { EntityManager, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { classOf } from '../entities/entity-classification.js';
import { TransitionRefusedError } from '../errors/transition-refused.error.js';

interface Deletable extends ObjectLiteral {
  readonly deletedAt: Date | null;
  readonly deleteBatch: string | null;
}

/**
 * The row, deleted or not. Refuses it where its owner is deleted: restored alone, it would live on
 * below something that is not there. An owner is who took the row along, or would have.
 */
export async function refuseWithoutOwner(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  id: string,
): Promise<Deletable | null> {
  const metadata = manager.dataSource.getMetadata(root);
  const owners = metadata.manyToOneRelations.filter(mayOwn);
  const builder = manager
    .createQueryBuilder(root, 'row')
    .select(stateOf('row', metadata))
    .withDeleted()
    .where('row.id = :id', { id });
  owners.forEach(({ propertyPath, inverseEntityMetadata }, at) => {
    const owner = `owner${at}`;
    builder.leftJoin(`row.${propertyPath}`, owner).addSelect(stateOf(owner, inverseEntityMetadata));
  });
  const row = (await builder.getOne()) as Deletable | null;
  if (!row?.deletedAt) return row;
  const gone = owners.find((owner) => isGone(owner, row, metadata));
  if (gone) throw withoutOwner(metadata, gone.inverseEntityMetadata);
  return row;
}

function mayOwn({ inverseEntityMetadata }: RelationMetadata): boolean {
  return (
    Boolean(inverseEntityMetadata.deleteDateColumn) && classOf(inverseEntityMetadata) === 'tenant'
  );
}

function isGone(relation: RelationMetadata, row: Deletable, metadata: EntityMetadata): boolean {
  const owner = relation.getEntityValue(row) as Deletable | null | undefined;
  if (!owner?.deletedAt) return false;
  const together = row.deleteBatch !== null && owner.deleteBatch === row.deleteBatch;
  // Rows of one kind that one act deleted come back together.
  if (together) return relation.inverseEntityMetadata !== metadata;
  return relation.onDelete === 'CASCADE';
}

/** With the whole key, without which TypeORM makes no entity of it. */
function stateOf(alias: string, { primaryColumns }: EntityMetadata): string[] {
  const key = primaryColumns.map((column) => column.propertyPath);
  return [...key, 'deletedAt', 'deleteBatch'].map((property) => `${alias}.${property}`);
}

function withoutOwner(metadata: EntityMetadata, owner: EntityMetadata): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: `This ${metadata.name} cannot come back while its ${owner.name} is deleted`,
    mend: `Restore the ${owner.name}, which brings back what was deleted with it`,
    given: { entity: metadata.name, owner: owner.name },
  });
}
