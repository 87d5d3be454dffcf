import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { migrationPlan } from './migration-plan.command.js';
import {
  FAKE_OPTION,
  LOCK_WAIT_OPTION,
  STEP_OPTION,
  stepOf,
  visitMigrations,
  waitMsOf,
} from './visit-migrations.js';

export const migrationRun = defineCommand({
  name: 'migration:run',
  summary: 'Run pending migrations, each in a transaction of its own',
  options: {
    to: { type: 'string', placeholder: '<name>', summary: 'The last one to run' },
    step: STEP_OPTION('How many to run'),
    approve: {
      type: 'string',
      multiple: true,
      placeholder: '<name@hash>',
      summary: 'Approve one that loses data, as migration:show --pending prints it',
    },
    'allow-destructive': {
      type: 'boolean',
      summary: 'Ask for no approval: for databases whose data does not matter',
    },
    'out-of-order': {
      type: 'boolean',
      summary: 'Let those run that are older than what is applied',
    },
    'lock-wait': LOCK_WAIT_OPTION,
    fake: FAKE_OPTION,
    'dry-run': {
      type: 'boolean',
      summary: 'Show the SQL of all that is pending, as migration:plan does, and run nothing',
    },
  },
  examples: [
    { line: 'rowguard migration:run', says: 'Run all that is pending' },
    {
      line: 'rowguard migration:run --approve DropNotes1767225600000@1f0c99d2',
      says: 'Also this one, which loses data',
    },
    { line: 'rowguard migration:run --step 1 --lock-wait 30', says: 'One, or fail in 30 seconds' },
  ],
  async run(context, given) {
    if (given['dry-run']) return migrationPlan.run(context, { sql: undefined, mode: undefined });
    const options = {
      to: given.to,
      step: stepOf(given.step),
      approve: given.approve.flatMap((text) => text.split(/[\s,]+/)).filter((one) => one !== ''),
      allowDestructive: given['allow-destructive'],
      ...(given['out-of-order'] ? { outOfOrder: true } : {}),
      lockWaitMs: waitMsOf(given['lock-wait']),
      fake: given.fake,
    };
    const { ran } = await visitMigrations(context, (migrator) => migrator.run(options));
    const { out } = context;
    const done = given.fake ? 'written down' : 'ran';
    out.print(ran.length > 0 ? ran.map((name) => `${done} ${name}`).join('\n') : 'nothing to run');
    out.answer({ ran });
    return ExitCode.Ok;
  },
});
