import type { TriedMigration } from '../../migrator/shadow/migration-trial.js';
import type { Finding } from '../../schema/finding.js';
import { printable } from '../../errors/printable.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

export const migrationTest = defineCommand({
  name: 'migration:test',
  summary: 'Run the migrations up, down and up again where nothing can be lost',
  options: {
    only: {
      type: 'string',
      placeholder: '<name>',
      multiple: true,
      summary: 'Try this one; those before it only run up',
    },
    url: {
      type: 'string',
      placeholder: '<url>',
      summary: 'On this server, in a database made for it, instead of inside the process',
    },
  },
  examples: [
    { line: 'rowguard migration:test', says: 'All of them; needs no server' },
    {
      line: 'rowguard migration:test --url postgresql://postgres@localhost/postgres',
      says: 'The same on the server that production has',
    },
    {
      line: 'rowguard migration:test --only AddOrders1767225600000',
      says: 'One of them; exits 3 when it does not undo what it did',
    },
  ],
  async run({ out, entitySource }, { only, url }) {
    const source = await entitySource();
    await source.describe();
    const { tryMigrations } = await import('./try-migrations.js');
    const tried = await tryMigrations(source, { url, only }, ({ name, problems }) => {
      out.print(`${problems.length === 0 ? 'ok      ' : 'PROBLEM '} ${name}`);
      for (const { said, differences } of problems) {
        out.print(`  ${printable(said)}`);
        for (const line of differences) out.print(`    ${printable(line)}`);
      }
    });
    const findings = tried.flatMap(findingsOf);
    out.print(`${tried.length} migrations tried, ${findings.length} problems`);
    out.answer({ where: url === undefined ? 'shadow' : 'server', tried }, findings);
    return findings.length > 0 ? ExitCode.Found : ExitCode.Ok;
  },
});

function findingsOf({ name, problems }: TriedMigration): Finding[] {
  return problems.map(({ kind, said }) => ({
    rule: `migration-${kind}`,
    severity: 'error',
    subject: name,
    problem: said,
    mend: [],
    advice: 'Mend the migration while nobody has applied it; else write the next one',
  }));
}
