import type { EntityMetadata } from 'typeorm';
import {
  type TenantAccess,
  type TenantlessMark,
  type VisibleRows,
  tenantlessMark,
} from '../context/tenantless.decorator.js';
import { classOf, isAppendOnly, isReadOnly } from '../entities/entity-classification.js';
import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { quoteName } from './sql.js';

/** What the database has to enforce on one table. */
export interface TablePlan {
  readonly schema: string;
  readonly table: string;
  readonly class: 'tenant' | 'shared';
  /** What the role of the tenants may do with a shared table; tenant tables: write, or append. */
  readonly tenants: TenantAccess | 'append';
  /** The condition for the rows of a shared table that a tenant sees; undefined: all. */
  readonly visible: VisibleRows | undefined;
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
    ...accessOf(metadata, isTenant),
    isView: metadata.tableType === 'view',
  };
}

function accessOf(
  metadata: EntityMetadata,
  isTenant: boolean,
): Pick<TablePlan, 'tenants' | 'visible'> {
  if (isTenant) {
    const tenants = metadata.tableType === 'view' ? 'read' : rightsOnRows(metadata);
    return { tenants, visible: undefined };
  }
  const { tenants, visible } = markOf(metadata);
  return { tenants, visible };
}

function rightsOnRows(metadata: EntityMetadata): 'read' | 'append' | 'write' {
  if (isReadOnly(metadata)) return 'read';
  return isAppendOnly(metadata) ? 'append' : 'write';
}

/** A join table between shared entities may be used as its owning side may. */
function markOf(metadata: EntityMetadata): TenantlessMark {
  const owner = metadata.foreignKeys[0]?.referencedEntityMetadata;
  const marked = metadata.tableType === 'junction' && owner ? owner.target : metadata.target;
  const mark = typeof marked === 'function' ? tenantlessMark(marked) : undefined;
  if (mark) return mark;
  throw new EntityRefusedError({
    problem: `The shared entity ${metadata.name} does not say why its rows belong to no tenant`,
    mend: "Put @Tenantless('why') on the class",
    given: { entity: metadata.name },
  });
}
