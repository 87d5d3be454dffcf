import { approvalText } from '../approval/needs-approval.js';
import type { ReadMigration } from '../recording/read-migrations.js';
import { runsInTransaction } from '../running/transaction-mode.js';
import { type HistoryRow, isUnfinished } from './history-row.js';

export interface MigrationState {
  readonly name: string;
  readonly timestamp: number;
  readonly state: 'applied' | 'pending' | 'failed' | 'missing';
  /** Null where it was applied without one, or differs each time. */
  readonly checksum: 'ok' | 'edited' | null;
  /** False where it runs without one; null where its file is missing. */
  readonly transaction: boolean | null;
  /** How an approval of it would be written. */
  readonly approval: string | null;
  readonly ms: number | null;
  readonly by: string | null;
  readonly approvedBy: string | null;
  readonly reason: string | null;
}

export function migrationStates(
  known: readonly ReadMigration[],
  rows: readonly HistoryRow[],
): readonly MigrationState[] {
  const ofKnown = known.map((one) =>
    stateOf(
      one,
      rows.find(({ name }) => name === one.recorded.name),
    ),
  );
  const missing = rows.filter(
    (row) => row.id !== null && !known.some(({ recorded }) => recorded.name === row.name),
  );
  return [...ofKnown, ...missing.map((row) => stateOf(undefined, row))].toSorted(
    (one, other) => one.timestamp - other.timestamp,
  );
}

function stateOf(read: ReadMigration | undefined, row: HistoryRow | undefined): MigrationState {
  return {
    name: read?.recorded.name ?? row?.name ?? '',
    timestamp: read?.recorded.timestamp ?? row?.timestamp ?? 0,
    state: nameOfState(read, row),
    checksum: comparedChecksum(read, row),
    transaction: read ? runsInTransaction(read) : null,
    approval: (read && approvalText(read)) ?? null,
    ms: row?.ms ?? null,
    by: row?.by ?? null,
    approvedBy: row?.approvedBy ?? null,
    reason: row?.reason ?? null,
  };
}

function nameOfState(
  read: ReadMigration | undefined,
  row: HistoryRow | undefined,
): MigrationState['state'] {
  if (row && isUnfinished(row)) return 'failed';
  if (!row || row.id === null) return 'pending';
  return read ? 'applied' : 'missing';
}

function comparedChecksum(
  read: ReadMigration | undefined,
  row: HistoryRow | undefined,
): MigrationState['checksum'] {
  if (!read?.checksum || !row?.checksum || row.id === null) return null;
  return read.checksum === row.checksum ? 'ok' : 'edited';
}
