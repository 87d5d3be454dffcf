import type { MigrationPlan, PlanMode } from '../../migrator/plan/migration-plan.js';
import { planMigrations } from '../../migrator/plan/plan-migrations.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

/** The database as it stands; what Rowguard ships is judged by its own tests. */
export function planOfSource(source: RowguardDataSource, mode: PlanMode): Promise<MigrationPlan> {
  const { judge, shipped } = source.migrationHost;
  return source.visit('planning migrations', () =>
    planMigrations(source, { mode, judge, isTrusted: ({ name }) => shipped.has(name) }),
  );
}
