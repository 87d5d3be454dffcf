import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailableError } from '../../errors/database-unavailable.error.js';
import { UsageError } from '../../errors/usage.error.js';
import { defineCommand } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { exitCodeFor } from '../failure.js';

const DEFAULT_S = 60;
const AGAIN_MS = 250;

export const dbWait = defineCommand({
  name: 'db:wait',
  summary: 'Wait until the database answers, as a start script does; changes nothing',
  options: {
    timeout: {
      type: 'string',
      placeholder: '<s>',
      summary: `Seconds to wait before giving up (default: ${DEFAULT_S})`,
    },
  },
  examples: [
    { line: 'rowguard db:wait && rowguard migration:run', says: 'In a container' },
    { line: 'rowguard db:wait --timeout 5', says: 'Exits with 7 after five seconds' },
  ],
  async run({ dataSource, out, signal }, { timeout }) {
    const deadline = performance.now() + secondsOf(timeout) * 1_000;
    const source = await dataSource();
    const { connectOnce } = await import('../../test-db-connection.js');
    const { LateAnswer, within } = await import('../../health/probe-connection.js');
    for (let attempt = 1; ; attempt++) {
      try {
        await within(connectOnce(source), Math.max(1, deadline - performance.now()));
        out.print('the database answers');
        out.answer({ attempts: attempt });
        return ExitCode.Ok;
      } catch (error) {
        if (error instanceof LateAnswer) throw silent(error);
        const mayCome = exitCodeFor(error) === ExitCode.Unreachable;
        if (!mayCome || signal.aborted || performance.now() + AGAIN_MS > deadline) throw error;
        if (attempt === 1) out.progress('waiting for the database');
        await pause(AGAIN_MS);
      }
    }
  },
});

function silent(cause: unknown): DatabaseUnavailableError {
  return new DatabaseUnavailableError({
    problem: 'The database takes connections, but does not answer',
    mend: 'Look at the server and at the network between, or give it more time with --timeout',
    cause,
  });
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_S;
  if (/^\d{1,6}$/.test(text.trim())) return Number(text);
  throw new UsageError({
    problem: `--timeout takes a whole number of seconds (given: ${text})`,
    mend: 'Write for example --timeout 10',
  });
}
