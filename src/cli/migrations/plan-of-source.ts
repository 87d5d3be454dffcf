import { partsOf } from '../../domain-catalog.js';
import type { MigrationPlan, PlanMode } from '../../migrator/plan/migration-plan.js';
import { planMigrations } from '../../migrator/plan/plan-migrations.js';
import type { RowguardDataSource } from '../../rowguard.data-source.js';

/** The database as it stands; what Rowguard ships is judged by its own tests. */
export function planOfSource(source: RowguardDataSource, mode: PlanMode): Promise<MigrationPlan> {
  const shipped = new Set<unknown>(partsOf('all').flatMap((part) => part.migrations));
  return source.visit('planning migrations', () =>
    planMigrations(source, {
      mode,
      isTrusted: ({ instance }) => shipped.has(instance?.constructor),
    }),
  );
}
