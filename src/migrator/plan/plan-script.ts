import type { MigrationPlan, PlannedMigration } from './migration-plan.js';

/** The plan as a file for psql: every statement exactly as it would be sent. */
export function planScript(plan: MigrationPlan): string {
  return plan.migrations.map((one) => section(one)).join('\n');
}

function section(one: PlannedMigration): string {
  const notes = [
    ...(one.isDynamic ? ['-- asks the database: with other data it may send something else'] : []),
    ...(one.needsApproval ? ['-- needs an approval'] : []),
    ...(one.stoppedBy === undefined
      ? []
      : [`-- could not be followed to its end: ${oneLine(one.stoppedBy)}`]),
  ];
  const statements = one.statements.flatMap(({ sql, parameters }) => [
    ...(parameters ? [`-- with ${oneLine(JSON.stringify(parameters))}`] : []),
    sql.trimEnd().endsWith(';') ? sql : `${sql};`,
  ]);
  const framed = one.transaction ? ['BEGIN;', ...statements, 'COMMIT;'] : statements;
  return [`-- ${one.name}`, ...notes, ...framed, ''].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
