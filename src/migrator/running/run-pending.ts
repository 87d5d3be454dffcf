import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationBlockedError } from '../../errors/migration-blocked.error.js';
import { type Approval } from '../approval/approvals.js';
import { type JudgedMigration, blocked, judged, waits } from '../approval/needs-approval.js';
import { type HistoryFinding, historyRefused } from '../history/history-findings.js';
import type { RunSettings } from '../migrator-options.js';
import { selected } from '../migrator-options.js';
import { type MigratorParts, type Turn, appliedNames, withRunner } from '../migrator-parts.js';
import { type LockFile, readLockFile } from '../recording/lock-file.js';
import type { ReadMigration } from '../recording/read-migrations.js';
import { checksOnTheWay } from './checks-on-the-way.js';
import { MigrationRunner, type MigrationStep, entryOf } from './migration-runner.js';

export interface RunReport {
  /** In the order in which they ran. */
  readonly ran: readonly string[];
  /** What is left for a person to approve, and all that comes after it. */
  readonly waiting: readonly string[];
}

/** Runs what is pending, once it is one's turn. */
export async function runPending(
  parts: MigratorParts,
  settings: RunSettings,
  turn: Turn,
): Promise<RunReport> {
  const locked = readLockFile(parts.lockFile);
  refuse(turn, locked, settings);
  const applied = appliedNames(turn.rows);
  const pending = turn.known.filter(({ recorded }) => !applied.has(recorded.name));
  const chosen = selected(pending, settings, ({ recorded }) => recorded.name);
  if (chosen.length === 0) return { ran: [], waiting: [] };
  if (settings.fake) return { ran: await pretend(parts, chosen), waiting: [] };
  const ready = await approved(parts, settings, chosen, locked?.approvals ?? []);
  const waiting = chosen.slice(ready.length).map(({ recorded }) => recorded.name);
  if (ready.length === 0) return { ran: [], waiting };
  const { ran, kept } = await runAll(parts, settings, ready, turn);
  return { ran, waiting: [...kept, ...waiting] };
}

/** What does not fit, of that which matters before anything may run. */
function refuse(turn: Turn, locked: LockFile | undefined, settings: RunSettings): void {
  const kinds: readonly HistoryFinding['kind'][] = [
    'edited',
    'failed',
    'same-timestamp',
    ...(settings.outOfOrder ? [] : (['out-of-order'] as const)),
  ];
  const findings = [
    ...turn.findings.filter(({ kind }) => kinds.includes(kind)),
    ...(locked ? turn.known.flatMap((one) => notAsLocked(one, locked)) : []),
  ];
  if (findings.length > 0) throw historyRefused(findings);
}

export function notAsLocked(
  { recorded: { name }, checksum }: ReadMigration,
  locked: LockFile,
): readonly HistoryFinding[] {
  const line = locked.migrations.find((one) => one.name === name);
  if (!line || line.checksum === checksum || checksum === null) return [];
  return [
    {
      kind: 'not-as-locked',
      migration: name,
      problem: `${name} is not what the lock file says`,
      mend: 'Read what has changed; if it is right, write the lock file anew: rowguard migration:validate --write',
    },
  ];
}

/** Those that may run now: all, or those before the first that lacks an approval. */
async function approved(
  parts: MigratorParts,
  settings: RunSettings,
  chosen: readonly ReadMigration[],
  inLockFile: readonly Approval[],
): Promise<readonly JudgedMigration[]> {
  const approvals = [...settings.approvals, ...inLockFile];
  const all = await judged(chosen, parts.judge, approvals, parts.host.shipped);
  if (settings.allowDestructive) return all;
  const waiting = all.filter(waits);
  if (waiting.length === 0) return all;
  if (settings.unapproved === 'refuse') throw blocked(waiting);
  const first = all.findIndex(waits);
  parts.say(
    `${all.length - first} migrations wait, from ${all[first]?.recorded.name} on. ${blocked(waiting).message}`,
  );
  return all.slice(0, first);
}

interface Ran {
  readonly ran: readonly string[];
  /** Not run, since only on the way it was seen that something would be lost. */
  readonly kept: readonly string[];
}

async function runAll(
  parts: MigratorParts,
  settings: RunSettings,
  ready: readonly JudgedMigration[],
  { session }: Turn,
): Promise<Ran> {
  const { source, host, history, say, lockTimeoutMs } = parts;
  const ran: string[] = [];
  const names = ready.map(({ recorded }) => recorded.name);
  await host.prepare();
  try {
    await withRunner(source, (runner) => createMetadataTable(source, runner));
    for (const [at, step] of ready.entries()) {
      const runner = new MigrationRunner(source, history, { say, session, lockTimeoutMs });
      const isDone = await runner.run(stepOf(step, parts, settings)).catch((error: unknown) => {
        if (settings.unapproved === 'refuse' || !(error instanceof MigrationBlockedError))
          throw error;
        say(
          `${ready.length - at} migrations wait, from ${step.recorded.name} on. ${error.message}`,
        );
        return undefined;
      });
      if (isDone === undefined) return { ran, kept: names.slice(at) };
      if (isDone) ran.push(step.recorded.name);
    }
    return { ran, kept: [] };
  } finally {
    // What has run is secured although a later one failed.
    if (ran.length > 0) await host.secure();
  }
}

function stepOf(
  step: JudgedMigration,
  { judge, host }: MigratorParts,
  { allowDestructive }: RunSettings,
): MigrationStep {
  const { by, reason } = step.approval ?? {};
  const isFree = allowDestructive || host.shipped.has(step.recorded.name);
  return {
    ...step,
    approvedBy: step.approval ? (by ?? 'given by hand') : undefined,
    reason,
    check: isFree ? undefined : checksOnTheWay(step, judge),
  };
}

/** Where TypeORM keeps what PostgreSQL does not tell of views and generated columns. */
async function createMetadataTable(source: DataSource, runner: QueryRunner): Promise<void> {
  const builder = source.driver.createSchemaBuilder() as {
    createMetadataTableIfNecessary?: (runner: QueryRunner) => Promise<void>;
  };
  await builder.createMetadataTableIfNecessary?.(runner);
}

async function pretend(
  { source, history }: MigratorParts,
  chosen: readonly ReadMigration[],
): Promise<readonly string[]> {
  await withRunner(source, async (runner) => {
    for (const one of chosen) {
      const entry = { ...entryOf(one), reason: 'written down without being run' };
      await history.claim(runner, entry);
      await history.complete(runner, entry, []);
    }
  });
  return chosen.map(({ recorded }) => recorded.name);
}
