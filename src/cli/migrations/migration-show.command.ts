import type { MigrationState } from '../../migrator/history/migration-state.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { visitMigrations } from './visit-migrations.js';

export const migrationShow = defineCommand({
  name: 'migration:show',
  summary: 'List the migrations, and how each stands; creates nothing',
  options: {
    pending: { type: 'boolean', summary: 'Only those that are not applied' },
    check: { type: 'boolean', summary: 'Exit with 3 if anything is pending' },
  },
  examples: [
    { line: 'rowguard migration:show', says: 'All of them' },
    { line: 'rowguard migration:show --pending', says: 'With the hashes to approve' },
    { line: 'rowguard migration:show --check', says: 'For a pipeline' },
  ],
  async run(context, { pending, check }) {
    const states = await visitMigrations(context, (migrator) => migrator.show());
    const open = states.filter(({ state }) => state === 'pending' || state === 'failed');
    const shown = pending ? open : states;
    const { out } = context;
    out.print(shown.length > 0 ? shown.map(textOf).join('\n') : 'none');
    out.answer({ migrations: shown, pending: open.length });
    return check && open.length > 0 ? ExitCode.Found : ExitCode.Ok;
  },
});

function textOf(one: MigrationState): string {
  const { name, state, checksum, transaction, approval, ms, by, approvedBy } = one;
  return [
    state.padEnd(7),
    state === 'pending' ? (approval ?? `${name} (differs each time)`) : name,
    ...(checksum === 'edited' ? ['EDITED'] : []),
    ...(transaction === false ? ['no transaction'] : []),
    ...(ms === null ? [] : [`${ms} ms`]),
    ...(by === null ? [] : [`by ${by}`]),
    ...(approvedBy === null ? [] : [`approved by ${approvedBy}`]),
  ].join('  ');
}
