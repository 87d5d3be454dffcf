import type { MigrationPlan, PlannedMigration } from '../../migrator/plan/migration-plan.js';
import type { TracedStatement } from '../../migrator/shadow/traced-migration.js';
import type { Paint } from '../colours.js';

/** Written for a person who has to say yes. */
export function planText(plan: MigrationPlan, paint: Paint): string {
  if (plan.migrations.length === 0) return `nothing is pending (${plan.applied} applied)`;
  const lines = plan.migrations.flatMap((one) => [
    `${paint('bold', one.name)}  ${traitsOf(one).join(', ')}`,
    ...one.statements.flatMap((statement) => statementLines(statement, plan, paint)),
    ...(one.stoppedBy === undefined ? [] : [`  could not be followed further: ${one.stoppedBy}`]),
  ]);
  return [
    ...lines,
    `${plan.migrations.length} pending, ${plan.applied} applied; nothing was run`,
  ].join('\n');
}

function traitsOf(one: PlannedMigration): string[] {
  return [
    one.transaction ? 'in a transaction' : 'without a transaction',
    ...(one.needsApproval ? ['needs an approval'] : []),
    ...(one.isDynamic ? ['asks the database'] : []),
    ...(one.isTraced || one.statements.length === 0 ? [] : ['not followed on the shadow']),
  ];
}

function statementLines(one: TracedStatement, plan: MigrationPlan, paint: Paint): string[] {
  const waits = one.locks.filter((lock) => !lock.isNew);
  return [
    `  ${one.sql}`,
    ...(one.parameters ? [`    with ${JSON.stringify(one.parameters)}`] : []),
    ...waits.map(({ mode, table }) => paint('dim', `    ${mode} on ${table}${size(table, plan)}`)),
    ...one.rewrites.map((table) => paint('yellow', `    rewrites ${table}${size(table, plan)}`)),
  ];
}

function size(table: string, { rows }: MigrationPlan): string {
  const count = rows[table];
  return count === undefined || count === null ? '' : ` (about ${count} rows)`;
}
