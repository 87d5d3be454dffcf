import type { EntityManager, EntityMetadata } from 'typeorm';
import { currentScope } from '../../context/unit-store.js';
import { classOf } from '../../entities/entity-classification.js';
import { RestoreConflictError } from '../../errors/restore-conflict.error.js';
import type { UniqueViolationError } from '../../errors/unique-violation.error.js';
import { quoteName } from '../../schema/sql.js';
import { stateOf } from '../../predicate/deletion-form.js';
import { restorationOf, tablePath } from '../act-sql.js';
import { OF_THESE_ACTS } from './restore-survey.js';

/** Names the living row that has the place of one that was to come back. */
export async function restoreConflict(
  manager: EntityManager,
  metadata: EntityMetadata,
  batches: readonly string[],
  cause: UniqueViolationError,
): Promise<RestoreConflictError> {
  const id = await livingId(manager, metadata, batches, cause.constraint);
  const properties = cause.properties;
  const what = properties.length > 0 ? properties.join(' and ') : 'something that has to be unique';
  return new RestoreConflictError({
    problem: `Nothing was restored: a living ${metadata.name}${id === undefined ? '' : ` (id ${id})`} has the ${what} of a deleted one by now`,
    mend: `Change or delete the living ${metadata.name}, and restore again`,
    given: { entity: metadata.name, properties, ...(id === undefined ? {} : { id }) },
    cause,
  });
}

/** Of shared rows a tenant hears only that there is one: it may be somebody else's. */
async function livingId(
  manager: EntityManager,
  metadata: EntityMetadata,
  batches: readonly string[],
  constraint: string | undefined,
): Promise<string | undefined> {
  const index = metadata.indices.find((one) => one.name === constraint);
  const isHidden = currentScope()?.kind === 'tenant' && classOf(metadata) === 'shared';
  if (!index || isHidden) return undefined;
  const builder = restorationOf(manager, metadata).setParameters({ rowguard_batches: batches });
  const acts = builder as ReturnType<typeof restorationOf>;
  const [living, gone] = [tablePath(metadata), '"rowguard_gone"'];
  const same = index.columns.map(({ databaseName }) => {
    const name = quoteName(databaseName);
    return `${living}.${name} = ${gone}.${name}`;
  });
  const condition = `${gone}.${OF_THESE_ACTS} AND ${same.join(' AND ')}`;
  const rows = acts.confined(metadata, 'rowguard_gone', condition);
  const others = acts.signed(`SELECT FROM ${living} AS ${gone} WHERE ${rows}`);
  const { records } = await acts.send(({ table, condition: own }) =>
    acts.signed(
      `SELECT ${living}."id"::text AS "found" FROM ${table} WHERE ${own} AND ${stateOf(metadata, false)} AND (${index.where ?? 'TRUE'}) AND EXISTS (${others}) LIMIT 1`,
    ),
  );
  return (records as { found: string }[])[0]?.found;
}
