import type pg from 'pg';
import { type DataSource, type Migration, type QueryRunner } from 'typeorm';
import type { Judge } from './approval/judge.js';
import { historyFindings, type HistoryFinding } from './history/history-findings.js';
import type { HistoryRow } from './history/history-row.js';
import type { MigrationHistory } from './history/migration-history.js';
import type { MigrationHost } from './migration-host.js';
import type { Environment } from './migrator-options.js';
import { type ReadMigration, readMigrations } from './recording/read-migrations.js';

/** What the verbs of a Migrator share. */
export interface MigratorParts {
  readonly source: DataSource;
  readonly host: MigrationHost;
  readonly history: MigrationHistory;
  readonly judge: Judge;
  readonly say: (text: string) => void;
  readonly environment: Environment;
  readonly lockFile: string;
  readonly lockTimeoutMs: number;
}

/** What there is when it is one's turn. */
export interface Turn {
  readonly session: pg.Client | undefined;
  readonly rows: readonly HistoryRow[];
  readonly known: readonly ReadMigration[];
  readonly findings: readonly HistoryFinding[];
}

/** Looks at everything once nobody else can change it any more. */
export async function beginTurn(
  { source, host, history }: MigratorParts,
  migrations: readonly Migration[],
  session: pg.Client | undefined,
): Promise<Turn> {
  const before = await history.read();
  const broken = before.filter(({ status }) => status === 'running');
  await withRunner(source, async (runner) => {
    await history.create(runner);
    // Whoever ran it had the lock, and does not have it any more.
    for (const { name } of broken) await history.fail(runner, name, 'its process has ended');
  });
  const rows = broken.length > 0 ? await history.read() : before;
  const known = await readMigrations(source, migrations);
  return { session, rows, known, findings: historyFindings(known, rows, host.shipped) };
}

export async function withRunner<T>(
  source: DataSource,
  work: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    return await work(runner);
  } finally {
    await runner.release();
  }
}

export function appliedNames(rows: readonly HistoryRow[]): ReadonlySet<string> {
  return new Set(rows.filter(({ id }) => id !== null).map(({ name }) => name));
}
