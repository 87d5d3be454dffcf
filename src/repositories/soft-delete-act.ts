import { type EntityManager, type EntityTarget, In, IsNull, type ObjectLiteral } from 'typeorm';
import { currentScope } from '../context/unit-store.js';
import { uuidV7 } from '../entities/uuid-v7.js';

/** What goes with a row when it is deleted: rows of `entity` whose `reference` names it. */
export interface Dependents {
  readonly entity: EntityTarget<ObjectLiteral>;
  /** The property that holds the id of the row they depend on. */
  readonly reference: string;
  readonly dependents?: readonly Dependents[];
}

/** Deletes softly what is there, one statement a level; all rows of one act share its batch. */
export async function deleteTogether(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  ids: readonly string[],
  dependents: readonly Dependents[],
): Promise<number> {
  const act = { deletedAt: new Date(), deletedBy: actor(), deleteBatch: uuidV7() };
  const { affected } = await manager.update(root, { id: In([...ids]), deletedAt: IsNull() }, act);
  if (affected) await deleteLevel(manager, root, dependents, act);
  return affected ?? 0;
}

async function deleteLevel(
  manager: EntityManager,
  parent: EntityTarget<ObjectLiteral>,
  dependents: readonly Dependents[],
  act: { deleteBatch: string },
): Promise<void> {
  for (const { entity, reference, dependents: further = [] } of dependents) {
    const gone = manager
      .createQueryBuilder(parent, 'gone')
      .select('gone.id')
      .withDeleted()
      .where('gone.deleteBatch = :deleteBatch', act);
    const { affected } = await manager
      .createQueryBuilder()
      .update(entity)
      .set(act)
      .where(`${reference} IN (${gone.getQuery()})`)
      .andWhere('deletedAt IS NULL')
      .setParameters(gone.getParameters())
      .execute();
    if (affected) await deleteLevel(manager, entity, further, act);
  }
}

/** Brings back exactly what the act of deleting this row took along. Answers how many rows. */
export async function restoreTogether(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  id: string,
  dependents: readonly Dependents[],
): Promise<number> {
  const row = await manager.findOne(root, { where: { id }, withDeleted: true });
  const deleteBatch = row?.['deleteBatch'] as string | null | undefined;
  if (!deleteBatch) return 0;
  const living = { deletedAt: null, deletedBy: null, deleteBatch: null };
  const levels = [root, ...flat(dependents).map((one) => one.entity)];
  let restored = 0;
  for (const entity of levels) {
    restored += (await manager.update(entity, { deleteBatch }, living)).affected ?? 0;
  }
  return restored;
}

function flat(dependents: readonly Dependents[]): Dependents[] {
  return dependents.flatMap((one) => [one, ...flat(one.dependents ?? [])]);
}

function actor(): string | null {
  const scope = currentScope();
  return (scope && 'actorId' in scope ? scope.actorId : undefined) ?? null;
}
