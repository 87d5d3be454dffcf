import { MigrationHistoryError } from '../../errors/migration-history.error.js';
import type { ReadMigration } from '../recording/read-migrations.js';
import { type HistoryRow, isUnfinished } from './history-row.js';

export type HistoryFindingKind =
  'edited' | 'failed' | 'missing' | 'out-of-order' | 'same-timestamp' | 'not-as-locked';

/** Where what was applied and what the code holds do not fit together. */
export interface HistoryFinding {
  readonly kind: HistoryFindingKind;
  readonly migration: string;
  readonly problem: string;
  readonly mend: string;
}

const REPAIR = 'rowguard migration:repair --reason "…"';

export function historyFindings(
  known: readonly ReadMigration[],
  rows: readonly HistoryRow[],
  shipped: ReadonlySet<string>,
): readonly HistoryFinding[] {
  return [
    ...rows.filter(isUnfinished).map(unfinished),
    ...known.flatMap((one) => edited(one, rows)),
    ...rows.filter((row) => isMissing(row, known)).map(missing),
    ...outOfOrder(known, rows, shipped),
    ...sameTimestamp(known, shipped),
  ];
}

export function historyRefused(findings: readonly HistoryFinding[]): MigrationHistoryError {
  return new MigrationHistoryError({
    problem: findings.map(({ problem }) => problem).join('; '),
    mend: [...new Set(findings.map(({ mend }) => mend))].join('; or: '),
    given: { migrations: findings.map(({ migration }) => migration) },
  });
}

function unfinished({ name, direction, reason, by }: HistoryRow): HistoryFinding {
  return {
    kind: 'failed',
    migration: name,
    problem: `${name} (${direction}), run by ${by ?? 'somebody'} without a transaction, stopped half-way${reason === null ? '' : `: ${reason}`}`,
    mend: `Look at what it has done and complete it or take it back by hand; then ${REPAIR}, with --accept ${name} if it is applied now`,
  };
}

function edited(
  { recorded, checksum }: ReadMigration,
  rows: readonly HistoryRow[],
): readonly HistoryFinding[] {
  const row = rows.find(({ name, id }) => name === recorded.name && id !== null);
  if (!row?.checksum || checksum === null || row.checksum === checksum) return [];
  return [
    {
      kind: 'edited',
      migration: recorded.name,
      problem: `${recorded.name} was edited after it had been applied`,
      mend: `Put it back as it was and write the change as a migration of its own; if both do the same, ${REPAIR}`,
    },
  ];
}

function isMissing(row: HistoryRow, known: readonly ReadMigration[]): boolean {
  return row.id !== null && !known.some(({ recorded }) => recorded.name === row.name);
}

function missing({ name }: HistoryRow): HistoryFinding {
  return {
    kind: 'missing',
    migration: name,
    problem: `${name} is applied, and its file is missing`,
    mend: `Bring the file back; if it is gone for good, ${REPAIR} --accept ${name}`,
  };
}

/** Those of the package come later at times, with a domain that is installed; they know no order. */
function outOfOrder(
  known: readonly ReadMigration[],
  rows: readonly HistoryRow[],
  shipped: ReadonlySet<string>,
): readonly HistoryFinding[] {
  const applied = rows.filter(({ id, name }) => id !== null && !shipped.has(name));
  const newest = applied.reduce<HistoryRow | undefined>(
    (one, row) => (one && one.timestamp > row.timestamp ? one : row),
    undefined,
  );
  if (!newest) return [];
  return known
    .filter(
      ({ recorded }) =>
        !shipped.has(recorded.name) &&
        recorded.timestamp < newest.timestamp &&
        !applied.some(({ name }) => name === recorded.name),
    )
    .map(({ recorded }) => ({
      kind: 'out-of-order',
      migration: recorded.name,
      problem: `${recorded.name} is older than ${newest.name}, which is applied`,
      mend: 'Give it a newer timestamp; where the two do not touch each other, allow it with --out-of-order (ROWGUARD_OUT_OF_ORDER=true)',
    }));
}

function sameTimestamp(
  known: readonly ReadMigration[],
  shipped: ReadonlySet<string>,
): readonly HistoryFinding[] {
  const own = known.map(({ recorded }) => recorded).filter(({ name }) => !shipped.has(name));
  return own.flatMap((one, at) => {
    const twin = own.slice(0, at).find(({ timestamp }) => timestamp === one.timestamp);
    if (!twin) return [];
    return [
      {
        kind: 'same-timestamp',
        migration: one.name,
        problem: `${one.name} and ${twin.name} have one timestamp, and no order`,
        mend: 'Give one of them a timestamp of its own',
      },
    ];
  });
}
