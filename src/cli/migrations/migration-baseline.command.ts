import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { LOCK_WAIT_OPTION, visitMigrations, waitMsOf } from './visit-migrations.js';

export const migrationBaseline = defineCommand({
  name: 'migration:baseline',
  summary: 'Take a database as it is: all migrations up to one count as applied',
  options: {
    to: { type: 'string', placeholder: '<name>', summary: 'The last one that counts as applied' },
    reason: { type: 'string', placeholder: '<text>', summary: 'Why; it is kept' },
    'lock-wait': LOCK_WAIT_OPTION,
  },
  examples: [
    {
      line: 'rowguard migration:baseline --to AddNotes1767225600000',
      says: 'For a database that was there before the migrations',
    },
  ],
  async run(context, given) {
    const { to, reason } = given;
    if (to === undefined) throw noName();
    const options = { reason, lockWaitMs: waitMsOf(given['lock-wait']) };
    const applied = await visitMigrations(context, (migrator) => migrator.baseline(to, options));
    const { out } = context;
    out.print(
      applied.length > 0
        ? applied.map((name) => `counts as applied ${name}`).join('\n')
        : 'all of them are applied already',
    );
    out.answer({ applied });
    return ExitCode.Ok;
  },
});

function noName(): UsageError {
  return new UsageError({
    problem: 'It is not said which migration is the last one that the database has already',
    mend: 'Name it with --to; rowguard migration:show lists them',
  });
}
