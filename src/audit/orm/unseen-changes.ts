import type { EntityMetadata } from 'typeorm';
import { EntityRefusedError } from '../../errors/entity-refused.error.js';
import type { AuditPlan } from '../audit-plan.js';

const BY_TRIGGER =
  "let triggers capture it: @Audited({ capture: 'trigger' }), or audit: { capture: 'trigger' } for what Rowguard ships";
const CHANGES_ROWS = ['CASCADE', 'SET NULL', 'SET DEFAULT'];

/** Rows that change without a statement of ours would be missing in the log: said at the start. */
export function refuseUnseenChanges(plans: ReadonlyMap<EntityMetadata, AuditPlan>): void {
  for (const metadata of plans.keys()) {
    if (metadata.treeType === 'nested-set' || metadata.treeType === 'closure-table')
      throw treeRefused(metadata);
    for (const { onDelete, onUpdate, referencedEntityMetadata } of metadata.foreignKeys) {
      const rule = [onDelete, onUpdate].find((one) => one && CHANGES_ROWS.includes(one));
      if (rule) throw referenceRefused(metadata, referencedEntityMetadata, rule);
    }
  }
}

function referenceRefused(
  { name, tableName, tableType }: EntityMetadata,
  referenced: EntityMetadata,
  rule: string,
): EntityRefusedError {
  const mend =
    tableType === 'junction'
      ? "Give both sides of the relation onDelete: 'NO ACTION' and onUpdate: 'NO ACTION'"
      : "Give the relation onDelete: 'NO ACTION' (and no onUpdate), and change the rows yourself";
  return new EntityRefusedError({
    problem: `${name} is audited by the application, and rows of ${tableName} change with those of ${referenced.tableName} (${rule}) without it`,
    mend: `${mend}, or ${BY_TRIGGER}`,
    given: { entity: name, table: tableName, references: referenced.tableName },
  });
}

function treeRefused({ name, treeType }: EntityMetadata): EntityRefusedError {
  return new EntityRefusedError({
    problem: `${name} is audited by the application, and TypeORM moves the rows of a ${String(treeType)} in SQL of its own`,
    mend: `Use @Tree('materialized-path'), or ${BY_TRIGGER}`,
    given: { entity: name },
  });
}
