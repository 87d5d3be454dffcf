import type { EntityMetadata } from 'typeorm';
import {
  type AuditCapture,
  type AuditedOptions,
  auditedMark,
} from '../entities/audited.decorator.js';
import { tenantColumnOf } from '../entities/entity-classification.js';
import { EntityRefusedError } from '../errors/entity-refused.error.js';

/** How the changes of one table are remembered; columns by the names that the database knows. */
export interface AuditPlan {
  readonly schema: string;
  readonly table: string;
  /** The name of the entity, for people. */
  readonly entity: string;
  readonly capture: AuditCapture;
  readonly onError: 'fail' | 'warn';
  /** The primary key without the tenant. */
  readonly key: readonly string[];
  /** Undefined: the rows are shared. */
  readonly tenantColumn: string | undefined;
  /** A change of it is a soft delete, or a restore. */
  readonly deletedColumn: string | undefined;
  readonly exclude: readonly string[];
  readonly mask: readonly string[];
  readonly ignore: readonly string[];
}

export interface AuditDefaults {
  readonly schema: string;
  readonly capture: AuditCapture;
}

/** The plans of all audited tables, join tables of audited entities among them. */
export function auditPlans(
  metadatas: readonly EntityMetadata[],
  defaults: AuditDefaults,
): AuditPlan[] {
  const plans = new Map<string, AuditPlan>();
  for (const metadata of metadatas) {
    const mark = markOf(metadata);
    if (!mark || metadata.tableType === 'view') continue;
    const plan = planOf(metadata, mark, defaults);
    const place = `${plan.schema}.${plan.table}`;
    plans.set(place, merged(plans.get(place), plan));
  }
  return [...plans.values()];
}

/** A join table has no class of its own; it is audited like the entity that owns the relation. */
export function markOf(metadata: EntityMetadata): AuditedOptions | undefined {
  if (metadata.tableType === 'junction' || metadata.tableType === 'closure-junction') {
    const owner =
      metadata.parentClosureEntityMetadata ?? metadata.foreignKeys[0]?.referencedEntityMetadata;
    const mark = owner && markOf(owner);
    return mark && (mark.capture ? { capture: mark.capture } : {});
  }
  return typeof metadata.target === 'function' ? auditedMark(metadata.target) : undefined;
}

function planOf(
  metadata: EntityMetadata,
  mark: AuditedOptions,
  defaults: AuditDefaults,
): AuditPlan {
  const tenantColumn = tenantColumnOf(metadata)?.databaseName;
  const hidden = metadata.columns.filter((column) => !column.isSelect && !column.isVirtual);
  return {
    schema: metadata.schema ?? defaults.schema,
    table: metadata.tableName,
    entity: metadata.name,
    capture: mark.capture ?? defaults.capture,
    onError: mark.onError ?? 'fail',
    key: metadata.primaryColumns
      .map((column) => column.databaseName)
      .filter((name) => name !== tenantColumn),
    tenantColumn,
    deletedColumn: metadata.deleteDateColumn?.databaseName,
    exclude: columnsOf(metadata, mark.exclude),
    // What a query does not show unless asked is a secret until somebody says otherwise.
    mask: [
      ...new Set([...columnsOf(metadata, mark.mask), ...hidden.map((one) => one.databaseName)]),
    ],
    ignore: ignored(metadata, mark.ignore),
  };
}

/** What changes with every change says nothing by itself. */
function ignored(metadata: EntityMetadata, properties: readonly string[] = []): string[] {
  if (properties.length === 0) return [];
  const always = [metadata.updateDateColumn, metadata.versionColumn].flatMap((one) => one ?? []);
  return [...columnsOf(metadata, properties), ...always.map((column) => column.databaseName)];
}

function columnsOf(metadata: EntityMetadata, properties: readonly string[] = []): string[] {
  return properties.flatMap((property) => {
    const columns = metadata.columns.filter(
      (column) =>
        column.propertyPath === property ||
        column.propertyPath.startsWith(`${property}.`) ||
        column.relationMetadata?.propertyPath === property,
    );
    if (columns.length > 0) return columns.map((column) => column.databaseName);
    throw new EntityRefusedError({
      problem: `@Audited names ${property}, which is no property of ${metadata.name}`,
      mend: 'Name properties of the entity that are columns',
      given: { entity: metadata.name, property },
    });
  });
}

/** Entities that share a table, as single-table inheritance does, are audited as one. */
function merged(known: AuditPlan | undefined, plan: AuditPlan): AuditPlan {
  if (!known) return plan;
  const both = (list: 'exclude' | 'mask' | 'ignore') => [
    ...new Set([...known[list], ...plan[list]]),
  ];
  return { ...known, exclude: both('exclude'), mask: both('mask'), ignore: both('ignore') };
}
