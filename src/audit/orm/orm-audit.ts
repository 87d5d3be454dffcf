import type { EntityMetadata, ReplicationMode } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { AuditPlan } from '../audit-plan.js';
import { AuditSubscriber } from './audit.subscriber.js';
import { AuditedQueryRunner } from './audited-query-runner.js';
import { OrmCapture, type OrmCaptureOptions } from './orm-capture.js';
import { RawWriteGuard } from './raw-write-guard.js';
import { refuseUnseenChanges } from './unseen-changes.js';

/** The audit log of one data source, as far as the application writes it and not the database. */
export class OrmAudit extends OrmCapture {
  readonly guard: RawWriteGuard;
  readonly subscriber = new AuditSubscriber();

  constructor(
    metadatas: readonly EntityMetadata[],
    plans: readonly AuditPlan[],
    options: OrmCaptureOptions,
  ) {
    super(planned(metadatas, plans, options.schema), options);
    refuseUnseenChanges(this.plans);
    this.guard = new RawWriteGuard(plans);
  }

  createRunner(driver: PostgresDriver, mode: ReplicationMode): AuditedQueryRunner {
    return new AuditedQueryRunner(this, driver, mode);
  }
}

function planned(
  metadatas: readonly EntityMetadata[],
  plans: readonly AuditPlan[],
  defaultSchema: string,
): ReadonlyMap<EntityMetadata, AuditPlan> {
  const found = new Map<EntityMetadata, AuditPlan>();
  for (const metadata of metadatas) {
    const schema = metadata.schema ?? defaultSchema;
    const plan = plans.find((one) => one.table === metadata.tableName && one.schema === schema);
    if (plan) found.set(metadata, plan);
  }
  return found;
}
