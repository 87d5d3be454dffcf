import type { QueryRunner } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import {
  type RepairOptions,
  requireNames,
  requireReason,
  unknownName,
} from '../migrator-options.js';
import { type MigratorParts, type Turn, appliedNames, withRunner } from '../migrator-parts.js';
import { entryOf } from '../running/migration-runner.js';
import type { HistoryFinding } from './history-findings.js';

export interface RepairReport {
  readonly repaired: readonly { readonly migration: string; readonly now: string }[];
}

/** Puts the history right by what a person has found out. It touches no other table. */
export async function repairHistory(
  parts: MigratorParts,
  options: RepairOptions,
  turn: Turn,
): Promise<RepairReport> {
  const reason = requireReason(options.reason);
  const accept = requireNames('accept', options.accept);
  const open = turn.findings.filter(({ kind }) => ['edited', 'failed', 'missing'].includes(kind));
  const unknown = accept.find((name) => !open.some(({ migration }) => migration === name));
  if (unknown !== undefined) throw nothingToAccept(unknown, open);
  const repaired = await withRunner(parts.source, async (runner) => {
    const done = [];
    for (const finding of open) {
      const isAccepted = accept.includes(finding.migration);
      const now = await repairOne(parts, runner, finding, turn, reason, isAccepted);
      if (now !== undefined) done.push({ migration: finding.migration, now });
    }
    return done;
  });
  return { repaired };
}

async function repairOne(
  { history }: MigratorParts,
  runner: QueryRunner,
  { kind, migration }: HistoryFinding,
  { known, rows }: Turn,
  reason: string,
  isAccepted: boolean,
): Promise<string | undefined> {
  const read = known.find(({ recorded }) => recorded.name === migration);
  const row = rows.find(({ name }) => name === migration);
  if (kind === 'missing') {
    if (!isAccepted || !row) return undefined;
    await history.list(runner, row, 'down');
    await history.forgetDetails(runner, migration);
    return 'forgotten';
  }
  if (kind === 'edited') {
    if (!read) return undefined;
    await history.accept(runner, { ...entryOf(read), reason });
    return 'applied as it is written now';
  }
  const direction = row?.direction ?? 'up';
  if (!isAccepted) {
    await history.settle(runner, migration, direction === 'up' ? 'down' : 'up', reason);
    return direction === 'up' ? 'pending' : 'applied';
  }
  await history.list(runner, { name: migration, timestamp: row?.timestamp ?? 0 }, direction);
  await history.settle(runner, migration, direction, reason);
  return direction === 'up' ? 'applied' : 'pending';
}

/** Takes a database as it is: all migrations up to one count as applied. */
export async function baselineHistory(
  { source, history }: MigratorParts,
  name: string,
  reason: string,
  { known, rows }: Turn,
): Promise<readonly string[]> {
  const at = known.findIndex(({ recorded }) => recorded.name === name);
  if (at < 0)
    throw unknownName(
      name,
      known.map(({ recorded }) => recorded.name),
    );
  const applied = appliedNames(rows);
  const upTo = known.slice(0, at + 1);
  await withRunner(source, async (runner) => {
    for (const one of upTo) {
      const row = rows.find((other) => other.name === one.recorded.name);
      if (applied.has(one.recorded.name) && row?.checksum) continue;
      await history.accept(runner, { ...entryOf(one), reason });
    }
  });
  return upTo.map(({ recorded }) => recorded.name).filter((one) => !applied.has(one));
}

function nothingToAccept(name: string, open: readonly HistoryFinding[]): InvalidInputError {
  return new InvalidInputError({
    problem: `${JSON.stringify(name)} has nothing to accept`,
    mend:
      open.length > 0
        ? `Name one of: ${open.map(({ migration }) => migration).join(', ')}`
        : 'The history holds together: leave accept out',
  });
}
