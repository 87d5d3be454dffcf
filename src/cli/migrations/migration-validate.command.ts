import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { findingOf, visitMigrations } from './visit-migrations.js';

export const migrationValidate = defineCommand({
  name: 'migration:validate',
  summary: 'Hold history, files and lock file against each other; exits 5 if they do not fit',
  options: {
    write: {
      type: 'boolean',
      summary: 'Write migrations.lock.json from the migrations as they are now, first',
    },
  },
  examples: [
    { line: 'rowguard migration:validate', says: 'Look' },
    {
      line: 'rowguard migration:validate --write',
      says: 'After a new migration, before the commit',
    },
  ],
  async run(context, { write }) {
    const { out } = context;
    const findings = await visitMigrations(context, async (migrator) => {
      if (write) out.progress(`written: ${await migrator.writeLock()}`);
      return migrator.validate();
    });
    const texts = findings.map(({ kind, problem, mend }) => `${kind}: ${problem}\n  ${mend}`);
    out.print(texts.length > 0 ? texts.join('\n') : 'the history holds together');
    out.answer({ intact: findings.length === 0 }, findings.map(findingOf));
    return findings.length > 0 ? ExitCode.HistoryInvalid : ExitCode.Ok;
  },
});
