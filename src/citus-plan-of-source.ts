import type { RowguardDataSource } from './rowguard.data-source.js';
import { type CitusPlan, citusPlan } from './schema/citus/citus-plan.js';
import { DATABASE_TRIGGERS } from './schema/trigger-metadata.js';
import { binds } from './soft-delete/delete-plan.js';

/** Needs no database: after `describe`, the entities say everything. */
export function citusPlanOf(source: RowguardDataSource): CitusPlan {
  const { softDelete, schema } = source.databaseOptions;
  const references = softDelete.ownerTriggers ? (source.deletes?.plan.references ?? []) : [];
  const guarded = references.filter(binds).map(({ child }) => child.tableName);
  const audited = source.auditPlans.filter(({ capture }) => capture === 'trigger');
  const shipped = schema === 'none' ? [] : Object.values(DATABASE_TRIGGERS);
  return citusPlan(source.entityMetadatas, source.schemaName, (table) => [
    ...(audited.some((plan) => plan.table === table)
      ? ['the audit log is written by triggers']
      : []),
    ...(guarded.includes(table) ? ['deleted owners are looked after by a trigger'] : []),
    ...shipped
      .filter((one) => one.table === table)
      .map(({ name }) => `there is the trigger ${name}`),
  ]);
}
