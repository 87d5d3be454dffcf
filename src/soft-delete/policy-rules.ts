import type { EntityMetadata } from 'typeorm';
import { TENANT_COLUMN } from '../entities/base-columns.js';
import { referencePolicies, softDeleteMark } from '../entities/soft-delete.decorator.js';
import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { isDeletable, namingRelations } from './owner-reference.js';

/** Refuses what @SoftDelete says and what could not be done, before a row is written. */
export function checkPolicies(metadata: EntityMetadata): void {
  if (typeof metadata.target !== 'function' || metadata.target.prototype === undefined) return;
  checkEntity(metadata);
  for (const [property, policy] of referencePolicies(metadata.target)) {
    const relation = namingRelations(metadata).find((one) => one.propertyName === property);
    if (!relation) {
      throw refused(metadata, `${property} refers to no row`, 'Put it on a many-to-one relation');
    }
    const owner = relation.inverseEntityMetadata;
    if (policy !== 'ignore' && !isDeletable(owner)) {
      const problem = `${property} names a ${owner.name}, which is never deleted softly`;
      throw refused(metadata, problem, 'Leave the policy out');
    }
    if (policy === 'cascade') checkCascade(metadata, property);
    const own = relation.joinColumns.filter((one) => one.databaseName !== TENANT_COLUMN);
    if (policy === 'setNull' && !own.every((column) => column.isNullable)) {
      const problem = `${property} is to become null, and cannot`;
      throw refused(
        metadata,
        problem,
        "Make the reference nullable, or say 'cascade' or 'restrict'",
      );
    }
  }
}

function checkEntity(metadata: EntityMetadata): void {
  const { policy, keep } = softDeleteMark(metadata.target) ?? {};
  if (isDeletable(metadata) || (keep === undefined && (policy ?? 'hard') === 'hard')) return;
  if (policy === 'forbid' && keep === undefined) return;
  throw refused(
    metadata,
    'its rows are never deleted softly',
    'Let the class extend TenantEntity or SharedEntity, or take the decorator away',
  );
}

function checkCascade(metadata: EntityMetadata, property: string): void {
  const mend = "Say 'restrict', so that it stays as long as it is needed, or 'ignore'";
  if (!isDeletable(metadata)) {
    throw refused(
      metadata,
      `its rows cannot go with ${property}: they are never deleted softly`,
      mend,
    );
  }
  if (softDeleteMark(metadata.target)?.policy === 'forbid') {
    throw refused(metadata, `its rows are to go with ${property}, and may not be deleted`, mend);
  }
}

function refused(metadata: EntityMetadata, problem: string, mend: string): EntityRefusedError {
  return new EntityRefusedError({
    problem: `@SoftDelete on ${metadata.name} (table ${metadata.tableName}): ${problem}`,
    mend,
    given: { entity: metadata.name, table: metadata.tableName },
  });
}
