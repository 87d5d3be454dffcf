import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import {
  FAKE_OPTION,
  LOCK_WAIT_OPTION,
  STEP_OPTION,
  stepOf,
  visitMigrations,
  waitMsOf,
} from './visit-migrations.js';

export const migrationRevert = defineCommand({
  name: 'migration:revert',
  summary: 'Undo the migration that was applied last, or several',
  options: {
    to: {
      type: 'string',
      placeholder: '<name>',
      summary: 'The one that stays, with all before it',
    },
    step: STEP_OPTION('How many to undo (default: 1)'),
    'lock-wait': LOCK_WAIT_OPTION,
    fake: FAKE_OPTION,
  },
  examples: [
    { line: 'rowguard migration:revert', says: 'Undo the last one' },
    { line: 'rowguard migration:revert --to AddNotes1767225600000', says: 'Undo what came after' },
  ],
  async run(context, given) {
    const options = {
      to: given.to,
      step: stepOf(given.step),
      lockWaitMs: waitMsOf(given['lock-wait']),
      fake: given.fake,
    };
    const { undone } = await visitMigrations(context, (migrator) => migrator.revert(options));
    const { out } = context;
    out.print(
      undone.length > 0 ? undone.map((name) => `undone ${name}`).join('\n') : 'nothing to undo',
    );
    out.answer({ undone });
    return ExitCode.Ok;
  },
});
