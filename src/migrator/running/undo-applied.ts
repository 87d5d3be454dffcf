import type { Migration } from 'typeorm';
import { MigrationHistoryError } from '../../errors/migration-history.error.js';
import type { HistoryRow } from '../history/history-row.js';
import { historyRefused } from '../history/history-findings.js';
import { type RevertOptions, unknownName } from '../migrator-options.js';
import { type MigratorParts, type Turn, withRunner } from '../migrator-parts.js';
import { readMigrations } from '../recording/read-migrations.js';
import { MigrationRunner, entryOf } from './migration-runner.js';

export interface RevertReport {
  /** The newest first, as they were undone. */
  readonly undone: readonly string[];
}

/** Undoes what was applied last, once it is one's turn. */
export async function undoApplied(
  parts: MigratorParts,
  options: RevertOptions,
  turn: Turn,
): Promise<RevertReport> {
  const failed = turn.findings.filter(({ kind }) => kind === 'failed');
  if (failed.length > 0) throw historyRefused(failed);
  const last = lastApplied(turn.rows, options);
  const migrations = last.map(({ name }) => sourceOf(name, turn));
  if (migrations.length === 0) return { undone: [] };
  return {
    undone: options.fake
      ? await strikeOut(parts, migrations)
      : await undoAll(parts, migrations, turn),
  };
}

function lastApplied(
  rows: readonly HistoryRow[],
  { to, step = 1 }: RevertOptions,
): readonly HistoryRow[] {
  const applied = rows
    .filter(({ id }) => id !== null)
    .toSorted((one, other) => Number(other.id) - Number(one.id));
  if (to === undefined) return applied.slice(0, step);
  const at = applied.findIndex(({ name }) => name === to);
  if (at >= 0) return applied.slice(0, at);
  throw unknownName(
    to,
    applied.map(({ name }) => name),
  );
}

function sourceOf(name: string, { known }: Turn): Migration {
  const found = known.find(({ recorded }) => recorded.name === name);
  if (found) return found.migration;
  throw new MigrationHistoryError({
    problem: `${name} was applied last, and its file is missing: nobody knows how to undo it`,
    mend: `Bring the file back, or say that it is gone for good: rowguard migration:repair --reason "…" --accept ${name}`,
    given: { migration: name },
  });
}

async function undoAll(
  { source, host, history, say, lockTimeoutMs }: MigratorParts,
  migrations: readonly Migration[],
  { session }: Turn,
): Promise<readonly string[]> {
  const undone: string[] = [];
  await host.release();
  try {
    for (const step of await readMigrations(source, migrations, 'down')) {
      const runner = new MigrationRunner(source, history, { say, session, lockTimeoutMs });
      if (await runner.run(step)) undone.push(step.recorded.name);
    }
  } finally {
    await host.secureWhatIsLeft();
  }
  return undone;
}

async function strikeOut(
  { source, history }: MigratorParts,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const steps = await readMigrations(source, migrations, 'down');
  await withRunner(source, async (runner) => {
    for (const step of steps) {
      const entry = { ...entryOf(step), reason: 'struck out without being undone' };
      await history.claim(runner, entry);
      await history.complete(runner, entry, []);
    }
  });
  return migrations.map(({ name }) => name);
}
