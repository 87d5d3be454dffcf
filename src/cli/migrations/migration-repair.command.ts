import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { LOCK_WAIT_OPTION, visitMigrations, waitMsOf } from './visit-migrations.js';

export const migrationRepair = defineCommand({
  name: 'migration:repair',
  summary: 'Put the history right by what a person has found out; touches no other table',
  options: {
    reason: { type: 'string', placeholder: '<text>', summary: 'Why it is right; it is kept' },
    accept: {
      type: 'string',
      multiple: true,
      placeholder: '<name>',
      summary: 'Stopped half-way, and applied now; or missing, and gone for good',
    },
    'lock-wait': LOCK_WAIT_OPTION,
  },
  examples: [
    {
      line: 'rowguard migration:repair --reason "only the comment changed"',
      says: 'Take edited ones as they are, and run failed ones again',
    },
    {
      line: 'rowguard migration:repair --reason "done by hand" --accept AddIndex1767225600000',
      says: 'This one is applied',
    },
  ],
  async run(context, given) {
    const options = {
      reason: given.reason ?? '',
      accept: given.accept,
      lockWaitMs: waitMsOf(given['lock-wait']),
    };
    const { repaired } = await visitMigrations(context, (migrator) => migrator.repair(options));
    const { out } = context;
    const texts = repaired.map(({ migration, now }) => `${migration}: ${now}`);
    out.print(texts.length > 0 ? texts.join('\n') : 'nothing to repair');
    out.answer({ repaired });
    return ExitCode.Ok;
  },
});
