import type { CitusPlan, SpreadTable } from '../schema/citus/citus-plan.js';
import { defineCommand } from './command.js';
import { ExitCode } from './exit-code.js';

export const citusPlanCommand = defineCommand({
  name: 'citus:plan',
  summary:
    'Show how the tables would be spread on Citus, and what it would refuse; needs no database',
  options: {
    sql: { type: 'boolean', summary: 'Print only the statements that spread the tables' },
  },
  examples: [
    {
      line: 'rowguard citus:plan',
      says: 'Each table, what it would be and why, and what is in the way',
    },
    { line: 'rowguard citus:plan --sql > spread.sql', says: 'The statements, in their order' },
    { line: 'rowguard citus:plan --json', says: 'For a pipeline; exits 3 on findings' },
  ],
  async run({ out, entitySource }, { sql }) {
    const source = await entitySource();
    await source.describe();
    const { citusPlanOf } = await import('../citus-plan-of-source.js');
    const plan = citusPlanOf(source);
    out.print(sql ? scriptOf(plan) : textOf(plan));
    out.answer({ tables: plan.tables }, plan.findings);
    return plan.findings.length > 0 ? ExitCode.Found : ExitCode.Ok;
  },
});

const ORDER =
  'Each line belongs right after the CREATE TABLE of its table, before anything refers to it.';

function scriptOf({ tables }: CitusPlan): string {
  return [
    `-- ${ORDER}`,
    ...tables.flatMap(({ statement }) => (statement ? [`${statement};`] : [])),
  ].join('\n');
}

function textOf({ tables, findings }: CitusPlan): string {
  const kinds = ['reference', 'distributed', 'left'] as const;
  const found = findings
    .map((one) => [`  ${one.subject}: ${one.problem}`, `    ${one.advice}`])
    .flat();
  return [
    ...kinds.flatMap((kind) => groupOf(kind, tables)),
    ORDER,
    findings.length === 0 ? 'Nothing is in the way.' : `In the way (${findings.length}):`,
    ...found,
  ].join('\n');
}

function groupOf(kind: SpreadTable['kind'], tables: readonly SpreadTable[]): string[] {
  const [first, ...others] = tables.filter((one) => one.kind === kind);
  if (!first) return [];
  const names = [first, ...others].map(({ schema, table }) => `  ${schema}.${table}`);
  return [`${kind} (${names.length}): ${first.why}`, ...names, ''];
}
