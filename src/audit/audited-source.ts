import type { DataSource } from 'typeorm';
import type { AuditPlan } from './audit-plan.js';

/** A data source that knows which of its tables are audited. */
export interface AuditedSource extends DataSource {
  readonly auditPlans: readonly AuditPlan[];
  /** Where tables are whose entity names no schema. */
  readonly schemaName: string;
}
