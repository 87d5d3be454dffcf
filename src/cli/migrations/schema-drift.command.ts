import { printable } from '../../errors/printable.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

export const schemaDrift = defineCommand({
  name: 'schema:drift',
  summary: 'Compare the live schema with entities, migrations, policies, grants and triggers',
  options: {
    check: { type: 'boolean', summary: 'Exit 3 if anything differs' },
  },
  examples: [
    { line: 'rowguard schema:drift', says: 'What did somebody change by hand?' },
    { line: 'rowguard schema:drift --check --json', says: 'For a pipeline' },
  ],
  async run({ out, dataSource }, { check }) {
    const source = await dataSource();
    const { driftOfSource } = await import('./drift-of-source.js');
    out.progress('comparing with a schema that is made anew');
    const { findings, pending, warnings } = await driftOfSource(source);
    for (const warning of warnings) out.warn(warning);
    if (pending.length > 0) out.warn(`${pending.length} migrations are pending; run them first`);
    for (const { rule, subject, problem, mend, advice } of findings) {
      out.print(`${out.paint('bold', printable(subject))}  ${printable(problem)}  [${rule}]`);
      for (const line of mend) out.print(`  ${printable(line)};`);
      if (mend.length === 0 && advice !== undefined) out.print(`  ${advice}`);
    }
    out.print(findings.length === 0 ? 'nothing differs' : `${findings.length} differences`);
    out.answer({ differences: findings.length, pending }, findings);
    return check && findings.length > 0 ? ExitCode.Found : ExitCode.Ok;
  },
});
