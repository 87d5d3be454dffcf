import type { EntityManager, EntityTarget, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { currentScope } from '../context/unit-store.js';
import { uuidV7 } from '../entities/uuid-v7.js';
import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { checkRowId } from '../predicate/checked-condition.js';
import { notFound } from '../predicate/tenant-update-query-builder.js';
import { refuseWithoutOwner } from './deleted-owner.js';

/**
 * What goes with a row when it is deleted: rows of `entity` whose `reference` names it. A domain that
 * is not installed has no rows.
 */
export interface Dependents {
  readonly entity: EntityTarget<ObjectLiteral>;
  /** The property that holds the id of the row they depend on. */
  readonly reference: string;
  readonly dependents?: readonly Dependents[];
}

/** The rows of one level that one act deleted, as a sub-query that starts from their owners. */
type Gone = SelectQueryBuilder<ObjectLiteral>;

const LIVING = { deletedAt: null, deletedBy: null, deleteBatch: null };

/** Deletes softly what is there, one statement a level; all rows of one act share its batch. */
export async function deleteTogether(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  ids: readonly string[],
  dependents: readonly Dependents[],
): Promise<number> {
  requireDeletable(manager, root, ids);
  const act = { deletedAt: new Date(), deletedBy: actor(), deleteBatch: uuidV7() };
  const { affected } = await manager
    .createQueryBuilder()
    .update(root)
    .set(act)
    .where('id = ANY(:ids) AND deletedAt IS NULL', { ids: [...ids] })
    .execute();
  if (affected) await deleteLevel(manager, goneRoots(manager, root, act, ids), dependents, act);
  return affected ?? 0;
}

async function deleteLevel(
  manager: EntityManager,
  owners: Gone,
  dependents: readonly Dependents[],
  act: { deleteBatch: string },
): Promise<void> {
  for (const one of installed(manager, dependents)) {
    const { affected } = await manager
      .createQueryBuilder()
      .update(one.entity)
      .set(act)
      .where(`${one.reference} IN (${owners.getQuery()}) AND deletedAt IS NULL`)
      .setParameters(owners.getParameters())
      .execute();
    if (affected && one.dependents)
      await deleteLevel(manager, goneOf(manager, owners, one), one.dependents, act);
  }
}

/**
 * Brings back exactly what one act deleted: this row, the others that it named, and what each took
 * along. Answers how many rows. From the leaves to the root, since each level is found by the
 * owners that are still deleted.
 */
export async function restoreTogether(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  id: string,
  dependents: readonly Dependents[],
): Promise<number> {
  requireDeletable(manager, root, [id]);
  const row = await refuseWithoutOwner(manager, root, id);
  if (!row) throw notFound(manager.dataSource.getMetadata(root).name);
  if (!row.deletedAt) return 0;
  const { deleteBatch } = row;
  if (!deleteBatch) return revive(manager, root, 'id = :id AND deletedAt IS NOT NULL', { id });
  const act = { deleteBatch };
  const restored = await restoreLevel(manager, goneRoots(manager, root, act), dependents, act);
  return restored + (await revive(manager, root, 'deleteBatch = :deleteBatch', act));
}

async function restoreLevel(
  manager: EntityManager,
  owners: Gone,
  dependents: readonly Dependents[],
  act: { deleteBatch: string },
): Promise<number> {
  let restored = 0;
  for (const one of installed(manager, dependents)) {
    if (one.dependents)
      restored += await restoreLevel(manager, goneOf(manager, owners, one), one.dependents, act);
    const gone = `${one.reference} IN (${owners.getQuery()}) AND deleteBatch = :deleteBatch`;
    restored += await revive(manager, one.entity, gone, { ...owners.getParameters(), ...act });
  }
  return restored;
}

async function revive(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  gone: string,
  values: ObjectLiteral,
): Promise<number> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(entity)
    .set(LIVING)
    .where(gone, values)
    .execute();
  return affected ?? 0;
}

function installed(manager: EntityManager, dependents: readonly Dependents[]): Dependents[] {
  return dependents.filter((one) => manager.dataSource.hasMetadata(one.entity));
}

function goneRoots(
  manager: EntityManager,
  root: EntityTarget<ObjectLiteral>,
  act: { deleteBatch: string },
  ids?: readonly string[],
): Gone {
  const gone = manager
    .createQueryBuilder(root, 'gone')
    .select('gone.id')
    .withDeleted()
    .where('gone.deleteBatch = :deleteBatch', act);
  return ids ? gone.andWhere('gone.id = ANY(:ids)', { ids: [...ids] }) : gone;
}

/** By the reference, which has an index, and by the batch, which has none. */
function goneOf(manager: EntityManager, owners: Gone, { entity, reference }: Dependents): Gone {
  const alias = `${owners.alias}_${manager.dataSource.getMetadata(entity).tableName}`;
  return manager
    .createQueryBuilder(entity, alias)
    .select(`${alias}.id`)
    .withDeleted()
    .where(`${alias}.${reference} IN (${owners.getQuery()})`)
    .andWhere(`${alias}.deleteBatch = :deleteBatch`)
    .setParameters(owners.getParameters());
}

function requireDeletable(
  manager: EntityManager,
  entity: EntityTarget<ObjectLiteral>,
  ids: readonly string[],
): void {
  const metadata = manager.dataSource.getMetadata(entity);
  const { deleteDateColumn, name } = metadata;
  if (deleteDateColumn) return ids.forEach((id) => checkRowId(metadata, id));
  throw new StatementRefusedError({
    problem: `A ${name} is never deleted, and so never restored`,
    mend: 'Write an entry that corrects it; TenantContext.runAsSystem purges what is too old to keep',
    given: { entity: name },
  });
}

function actor(): string | null {
  const scope = currentScope();
  return (scope && 'actorId' in scope ? scope.actorId : undefined) ?? null;
}
