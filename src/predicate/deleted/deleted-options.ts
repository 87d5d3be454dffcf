import type { EntityManager, EntityMetadata } from 'typeorm';
import { described } from '../../errors/described-value.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';

/** Which rows a write by criteria reaches. Default: the living ones. */
export interface ReachOptions {
  readonly deleted?: 'with' | 'only' | 'without' | undefined;
}

/** What an upsert does about a deleted row that it finds. Default: it fails. */
export interface ReviveOptions {
  readonly deleted?: 'revive' | undefined;
}

/** The manager for an update with these options: TypeORM does not know what they say of deleted rows. */
export function managerForUpdate(
  manager: EntityManager,
  metadata: EntityMetadata,
  options: unknown,
): EntityManager {
  const deleted = deletedIn(options, ['with', 'only', 'without']);
  if (deleted === undefined || deleted === 'without') return manager;
  const column = metadata.deleteDateColumn?.databaseName;
  if (deleted === 'only' && column === undefined) throw neverDeleted(metadata);
  return reaching(
    manager,
    deleted === 'only' ? `${manager.dataSource.driver.escape(column ?? '')} IS NOT NULL` : '',
  );
}

/** The same for an upsert. */
export function managerForUpsert(manager: EntityManager, options: unknown): EntityManager {
  if (Array.isArray(options)) return manager;
  return deletedIn(options, ['revive']) === undefined ? manager : reaching(manager, '');
}

function reaching(manager: EntityManager, condition: string): EntityManager {
  const createQueryBuilder = () => {
    const builder = manager.createQueryBuilder().withDeleted();
    builder.expressionMap.extraAppendedAndWhereCondition = condition;
    return builder;
  };
  return Object.create(manager, { createQueryBuilder: { value: createQueryBuilder } }) as never;
}

function deletedIn(options: unknown, known: readonly string[]): string | undefined {
  const { deleted } = checkedObject('options', options ?? {}) as { deleted?: unknown };
  if (deleted === undefined || known.includes(deleted as string)) return deleted as string;
  throw new InvalidInputError({
    problem: `deleted is none of ${known.join(', ')} (given: ${described(deleted)})`,
    mend: 'Leave it out, or choose one of them; nothing was written',
  });
}

function neverDeleted({ name }: EntityMetadata): InvalidInputError {
  return new InvalidInputError({
    problem: `A ${name} is never deleted softly, so none of them can be asked for`,
    mend: "Leave out deleted: 'only'; nothing was written",
    given: { entity: name },
  });
}
