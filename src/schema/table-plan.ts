import type { EntityMetadata } from 'typeorm';
import { type TenantAccess, tenantlessMark } from '../context/tenantless.decorator.js';
import { classOf } from '../entities/entity-classification.js';
import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { quoteName } from './sql.js';

/** What the database has to enforce on one table. */
export interface TablePlan {
  readonly schema: string;
  readonly table: string;
  readonly class: 'tenant' | 'shared';
  /** What the role of the tenants may do with a shared table; tenant tables: write. */
  readonly tenants: TenantAccess;
  readonly isView: boolean;
}

export function tablePlans(
  metadatas: readonly EntityMetadata[],
  defaultSchema: string,
): TablePlan[] {
  const plans = new Map<string, TablePlan>();
  for (const metadata of metadatas) {
    const plan = planFor(metadata, defaultSchema);
    plans.set(qualified(plan), plan);
  }
  return [...plans.values()];
}

export function qualified(plan: Pick<TablePlan, 'schema' | 'table'>): string {
  return `${quoteName(plan.schema)}.${quoteName(plan.table)}`;
}

function planFor(metadata: EntityMetadata, defaultSchema: string): TablePlan {
  const isTenant = classOf(metadata) === 'tenant';
  return {
    schema: metadata.schema ?? defaultSchema,
    table: metadata.tableName,
    class: isTenant ? 'tenant' : 'shared',
    tenants: isTenant ? 'write' : accessOf(metadata),
    isView: metadata.tableType === 'view',
  };
}

/** A join table between shared entities may be used as its owning side may. */
function accessOf(metadata: EntityMetadata): TenantAccess {
  const owner = metadata.foreignKeys[0]?.referencedEntityMetadata;
  const marked = metadata.tableType === 'junction' && owner ? owner.target : metadata.target;
  const mark = typeof marked === 'function' ? tenantlessMark(marked) : undefined;
  if (mark) return mark.tenants;
  throw new EntityRefusedError({
    problem: `The shared entity ${metadata.name} does not say why its rows belong to no tenant`,
    mend: "Put @Tenantless('why') on the class",
    given: { entity: metadata.name },
  });
}
