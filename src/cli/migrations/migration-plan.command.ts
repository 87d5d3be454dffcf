import { UsageError } from '../../errors/usage.error.js';
import type { PlanMode } from '../../migrator/plan/migration-plan.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

const MODES: readonly PlanMode[] = ['shadow', 'record'];

export const migrationPlan = defineCommand({
  name: 'migration:plan',
  summary: 'Show the exact SQL of the pending migrations, their locks and rewrites; runs nothing',
  options: {
    sql: { type: 'string', placeholder: '<file>', summary: 'Write the SQL into this file' },
    mode: {
      type: 'string',
      placeholder: '<shadow|record>',
      summary: 'Follow them on a shadow database (default), or only read them',
    },
  },
  examples: [
    { line: 'rowguard migration:plan', says: 'What would migration:run do?' },
    { line: 'rowguard migration:plan --sql next.sql', says: 'For somebody who has to read it' },
  ],
  async run({ out, dataSource, directory }, { sql, mode }) {
    const chosen = modeOf(mode);
    const source = await dataSource();
    const [{ planOfSource }, { planScript }, { planText }] = await Promise.all([
      import('./plan-of-source.js'),
      import('../../migrator/plan/plan-script.js'),
      import('./plan-text.js'),
    ]);
    out.progress('reading what is pending');
    const plan = await planOfSource(source, chosen);
    for (const warning of plan.warnings) out.warn(warning);
    if (sql !== undefined) await write(sql, directory, planScript(plan));
    out.print(planText(plan, out.paint));
    if (sql !== undefined) out.print(`${sql}: written`);
    out.answer({ ...plan, file: sql ?? null });
    return ExitCode.Ok;
  },
});

async function write(name: string, directory: string, text: string): Promise<void> {
  const [files, paths] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  await files.writeFile(paths.resolve(directory, name), text).catch((cause: Error) => {
    throw new UsageError({
      problem: `The file ${name} cannot be written: ${cause.message}`,
      mend: 'Name another file with --sql, in a folder that exists',
      cause,
    });
  });
}

function modeOf(given: string | undefined): PlanMode {
  const mode = MODES.find((one) => one === (given ?? 'shadow'));
  if (mode) return mode;
  throw new UsageError({
    problem: `The mode ${JSON.stringify(given)} is not known`,
    mend: `There are ${MODES.join(', ')}`,
  });
}
