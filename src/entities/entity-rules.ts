import type { EntityMetadata } from 'typeorm';
import { EntityRefusedError } from '../errors/entity-refused.error.js';
import { TENANT_COLUMN } from './base-columns.js';
import { classOf } from './entity-classification.js';
import { problemOfKeys } from './unique-key-rules.js';

/** Refuses what isolation could not hold for, before a single statement is sent. */
export function checkEntityRules(metadatas: readonly EntityMetadata[]): void {
  for (const metadata of metadatas) {
    checkClass(metadata);
    if (classOf(metadata) === 'tenant') checkTenantEntity(metadata);
    const wrong = problemOfKeys(metadata);
    if (wrong) throw refused(metadata, wrong.problem, wrong.mend);
  }
}

/** The mark of a shared entity is read by the caller: this room does not know of requests. */
function checkClass(metadata: EntityMetadata): void {
  if (classOf(metadata) !== 'unclassified') return;
  throw refused(
    metadata,
    'is neither a TenantEntity nor a SharedEntity, so nobody can say whose rows it holds',
    "Let the class extend TenantEntity, or SharedEntity together with @Tenantless('why')",
  );
}

function checkTenantEntity(metadata: EntityMetadata): void {
  if (metadata.treeType === 'closure-table' || metadata.tableType === 'closure-junction') {
    throw refused(
      metadata,
      'is a closure-table tree, whose paths TypeORM keeps in a table without a single tenant column',
      "Use @Tree('materialized-path') or @Tree('nested-set'), or a plain parent reference",
    );
  }
  for (const key of metadata.foreignKeys) {
    const target = key.referencedEntityMetadata;
    const columns = key.columns.map((column) => column.databaseName);
    if (classOf(target) === 'tenant' && !columns.includes(TENANT_COLUMN)) {
      throw refused(
        metadata,
        `refers to ${target.name} by (${columns.join(', ')}) alone, which could point into another tenant`,
        'Declare the reference with @TenantManyToOne, which carries tenant_id',
      );
    }
    if (key.onDelete === 'SET NULL' && columns.includes(TENANT_COLUMN)) {
      throw refused(
        metadata,
        `has a foreign key on (${columns.join(', ')}) with ON DELETE SET NULL, which would null the tenant`,
        'Use RESTRICT or CASCADE, and clear the reference in code where that is meant',
      );
    }
  }
}

function refused(metadata: EntityMetadata, problem: string, mend: string): EntityRefusedError {
  return new EntityRefusedError({
    problem: `The entity ${metadata.name} (table ${metadata.tableName}) ${problem}`,
    mend,
    given: { entity: metadata.name, table: metadata.tableName },
  });
}
