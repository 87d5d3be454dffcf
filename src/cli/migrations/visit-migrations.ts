import { join } from 'node:path';
import type {
  HistoryFinding,
  HistoryFindingKind,
} from '../../migrator/history/history-findings.js';
import type { Migrator } from '../../migrator/migrator.js';
import type { Finding } from '../../schema/finding.js';
import { UsageError } from '../../errors/usage.error.js';
import type { CommandContext } from '../command.js';

export const LOCK_WAIT_OPTION = {
  type: 'string',
  placeholder: '<s>',
  summary: 'Seconds to wait for another process that runs migrations (default: 600)',
} as const;

export const FAKE_OPTION = {
  type: 'boolean',
  short: 'f',
  summary: 'Only write it down, and send nothing else',
} as const;

export const STEP_OPTION = (summary: string) =>
  ({ type: 'string', placeholder: '<n>', summary }) as const;

/** On the database as it stands: nothing is prepared, and nothing runs that was not asked for. */
export async function visitMigrations<T>(
  { dataSource, out, directory }: CommandContext,
  work: (migrator: Migrator) => Promise<T>,
): Promise<T> {
  const source = await dataSource();
  const { Migrator } = await import('../../migrator/migrator.js');
  const { LOCK_FILE } = await import('../../migrator/recording/lock-file.js');
  return source.visit('migrations on the command line', () =>
    work(
      new Migrator(source, {
        say: (text) => out.progress(text),
        lockFile: join(directory, LOCK_FILE),
      }),
    ),
  );
}

export function waitMsOf(seconds: string | undefined): number | undefined {
  return seconds === undefined ? undefined : numberOf('--lock-wait', seconds) * 1000;
}

export function stepOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : numberOf('--step', text);
}

function numberOf(flag: string, text: string): number {
  if (/^\d{1,6}$/.test(text.trim())) return Number(text);
  throw new UsageError({
    problem: `${flag} takes a whole number (given: ${text})`,
    mend: `Write for example ${flag} 10`,
  });
}

const WARNINGS: readonly HistoryFindingKind[] = ['missing'];

export function findingOf({ kind, migration, problem, mend }: HistoryFinding): Finding {
  return {
    rule: kind,
    severity: WARNINGS.includes(kind) ? 'warning' : 'error',
    subject: migration,
    problem,
    mend: [],
    advice: mend,
  };
}
