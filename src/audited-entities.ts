import type { DataSourceOptions } from 'typeorm';
import { type AuditPlan, auditPlans } from './audit/audit-plan.js';
import { OrmAudit } from './audit/orm/orm-audit.js';
import { isShipped, partNamed } from './domain-catalog.js';
import { AuditLog } from './entities/audit/audit-log.entity.js';
import type { RowguardDataSource } from './rowguard.data-source.js';

/** How the changes of each audited table are remembered; of the shipped ones only if asked for. */
export function plansOfAudit(source: RowguardDataSource): AuditPlan[] {
  const { audit } = source.databaseOptions;
  const metadatas = source.entityMetadatas.filter((one) => audit.shipped || !isShipped(one));
  return auditPlans(metadatas, { schema: source.schemaName, capture: audit.capture });
}

/** What writes the log of the tables that have no triggers, in the place where it hears of everything. */
export function ormAuditOf(source: RowguardDataSource): OrmAudit | undefined {
  const plans = source.auditPlans.filter((plan) => plan.capture === 'orm');
  source.plan.writeGuard = undefined;
  if (plans.length === 0) return undefined;
  const orm = new OrmAudit(source.entityMetadatas, plans, {
    schema: source.schemaName,
    maxRows: source.databaseOptions.audit.maxRows,
    serverVersion: source.driver.version ?? '',
  });
  source.plan.writeGuard = orm.guard;
  source.subscribers.push(orm.subscriber);
  return orm;
}

/** Whoever has nothing but audited entities of their own still needs the tables of the log. */
export function lacksAuditLog(source: RowguardDataSource): boolean {
  return !source.hasMetadata(AuditLog) && plansOfAudit(source).length > 0;
}

export function withAuditLog({
  entities = [],
  migrations = [],
}: DataSourceOptions): Pick<DataSourceOptions, 'entities' | 'migrations'> {
  const part = partNamed('audit');
  return {
    entities: [...Object.values(entities as object), ...part.entities] as never,
    migrations: [...part.migrations, ...Object.values(migrations as object)] as never,
  };
}
