import type { EntityMetadata } from 'typeorm';
import { AuditGuard } from './audit/audit-guard.js';
import { PROGRESS_TABLE } from './migrator/backfill/backfill-progress.js';
import { detailsOf } from './migrator/history/migration-history.js';
import type { RowguardDataSource } from './rowguard.data-source.js';
import { bindingFindings } from './schema/binding-findings.js';
import { BINDING_KEYS } from './schema/binding-keys.js';
import { type PolicyForms, policyForms } from './schema/policy-form.js';
import { bindFunctionFindings } from './schema/citus/bind-function.js';
import { type FindingsOf, SchemaGuard } from './schema/schema-guard.js';
import type { RunSql } from './schema/sql.js';
import { DeletePlan } from './soft-delete/delete-plan.js';
import { OwnerGuard } from './soft-delete/owners/owner-guard.js';

export function ownerSql(source: RowguardDataSource): RunSql {
  return (sql, parameters) => source.query(sql, parameters);
}

export function schemaGuardOf(
  source: RowguardDataSource,
  run: RunSql = ownerSql(source),
  metadatas: readonly EntityMetadata[] = source.entityMetadatas,
): SchemaGuard {
  const history = source.options.migrationsTableName ?? 'migrations';
  const internal = [
    source.metadataTableName,
    history,
    detailsOf(history),
    PROGRESS_TABLE,
    'query-result-cache',
    BINDING_KEYS,
  ];
  return new SchemaGuard(
    run,
    metadatas,
    source.schemaName,
    internal,
    source.walls.policies,
    formsOf(source),
    neededOf(source),
  );
}

/** What the binding needs in the database, beside the policies. */
function neededOf({ databaseOptions, schemaName }: RowguardDataSource): FindingsOf[] {
  const { scale, tenancy } = databaseOptions;
  if (tenancy.signed !== false) return [(run) => bindingFindings(run, schemaName)];
  return scale === 'citus' ? [(run) => bindFunctionFindings(run, schemaName)] : [];
}

/** While an application changes to signed bindings, its database may have either form. */
function formsOf({ databaseOptions, schemaName }: RowguardDataSource): PolicyForms {
  const { signed } = databaseOptions.tenancy;
  if (databaseOptions.scale === 'citus') return policyForms(schemaName, 'distributed');
  if (signed === 'prepare') return policyForms(schemaName, 'plain', 'signed');
  return policyForms(schemaName, signed ? 'signed' : 'plain');
}

export function auditGuardOf(source: RowguardDataSource): AuditGuard {
  const known = source.entityMetadatas.map((one) => ({
    schema: one.schema ?? source.schemaName,
    table: one.tableName,
  }));
  return new AuditGuard(ownerSql(source), source.auditPlans, source.schemaName, known);
}

export function ownerGuardOf(source: RowguardDataSource): OwnerGuard {
  return new OwnerGuard(
    ownerSql(source),
    source.deletes?.plan ?? new DeletePlan([]),
    source.entityMetadatas,
    source.schemaName,
    source.databaseOptions.softDelete.ownerTriggers,
  );
}
