import type { DatabaseHealth } from '../../health/database-health.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';

export const dbHealth = defineCommand({
  name: 'db:health',
  summary: 'Say whether the database is fit for work; changes nothing',
  options: {},
  examples: [
    { line: 'rowguard db:health', says: 'Exits with 7 if it is down' },
    { line: 'rowguard db:health --json', says: 'The same facts that an application tells' },
  ],
  async run({ dataSource, out }) {
    const source = await dataSource();
    const { checkHealth } = await import('../../health/database-health.indicator.js');
    const health = await source.visit('health on the command line', () =>
      checkHealth(source, { fresh: true }),
    );
    out.print(textOf(health));
    out.answer(health);
    return health.status === 'down' ? ExitCode.Unreachable : ExitCode.Ok;
  },
});

function textOf(health: DatabaseHealth): string {
  const { status, reasons, message, latencyMs, isolation, migrations, replicas = [] } = health;
  const why = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
  return [
    `${status}${why}${message === undefined ? '' : ` (${message})`}`,
    ...(latencyMs === undefined ? [] : [`answered in ${latencyMs} ms`]),
    ...(isolation === undefined ? [] : [`row-level security ${isolation}`]),
    ...(migrations
      ? [`migrations ${migrations.pending} pending, ${migrations.failed} failed`]
      : []),
    ...replicas.map(
      ({ name, status: state, lagBytes }) =>
        `${name} ${state}${lagBytes === null ? '' : `, ${lagBytes} bytes behind`}`,
    ),
  ].join('\n');
}
