import type { DataSource } from 'typeorm';
import { readSealingLag } from '../sealing-lag.js';
import { SealStore } from '../seal-store.js';
import { unpackPlaces } from '../sealed-places.js';
import type { FindingList } from './finding-list.js';
import type { LogComparison } from './log-comparison.js';
import type { LiveLeaf, SealedEntry } from './log-window.js';
import { type MovedRow, movedRows } from './moved-rows.js';
import type { SealChain } from './seal-chain.js';

interface Around {
  readonly chain: SealChain;
  readonly findings: FindingList;
  /** Only a part of the chain is verified: another part may know a row that this one does not. */
  readonly isPart: boolean;
}

const OTHER_WORDS = 'it does not say what was sealed';

/** Says of each difference what was done: the same hole can be a row deleted, moved or cut off. */
export async function nameDifferences(
  source: DataSource,
  comparison: LogComparison,
  { chain, findings, isPart }: Around,
): Promise<void> {
  const { differences } = comparison;
  const moved = await movedRows(source, differences);
  const moves = new Map(moved.map((one) => [one.entry.ordinal, one]));
  const taken = new Set(moved.map((one) => one.to));
  for (const { entry, to } of moved) findings.rows(moveOf(entry, to));
  for (const { entry, row } of differences.altered) {
    if (moves.has(entry.ordinal)) continue;
    const kind = taken.has(row) ? 'missing' : 'modified';
    const problem = taken.has(row) ? 'another row stands in its place' : OTHER_WORDS;
    findings.rows({ kind, seal: entry.seal, fromId: entry.id, problem });
  }
  for (const row of differences.extra) {
    if (taken.has(row) || chain.isUnchecked(row)) continue;
    if (isPart && (await isSealed(source, row))) continue;
    const problem = 'it was not there when the rows around it were sealed';
    findings.rows({ kind: 'insertedLate', fromId: row.id, problem });
  }
  await nameMissing(source, comparison, { moves, findings });
  nameTheRest(comparison, findings);
}

async function nameMissing(
  source: DataSource,
  { differences, lastPresent }: LogComparison,
  { moves, findings }: { moves: ReadonlyMap<number, MovedRow>; findings: FindingList },
): Promise<void> {
  if (differences.missing.length === 0) return;
  const goesOn = (await readSealingLag(source)).rows > 0;
  for (const { first, last, rows } of differences.missing) {
    const left = moves.has(first.ordinal) ? rows - 1 : rows;
    if (left === 0) continue;
    const isEnd = !goesOn && first.ordinal > lastPresent;
    const problem = isEnd ? 'the log ends before them, and its seals do not' : 'they are gone';
    const kind = isEnd ? 'truncated' : 'missing';
    findings.rows({ kind, seal: first.seal, fromId: first.id, toId: last.id, rows: left, problem });
  }
}

function nameTheRest({ differences }: LogComparison, findings: FindingList): void {
  const { alteredBeyond, extraBeyond } = differences;
  if (alteredBeyond > 0) {
    findings.rows({
      kind: 'modified',
      rows: alteredBeyond,
      problem: `${OTHER_WORDS}; more of them`,
    });
  }
  if (extraBeyond > 0) {
    findings.rows({ kind: 'insertedLate', rows: extraBeyond, problem: 'more of them' });
  }
}

/** By a seal outside of the part of the chain that is verified. */
async function isSealed(source: DataSource, row: LiveLeaf): Promise<boolean> {
  const seals = await new SealStore(source).holding(String(row.id));
  return seals.some(({ places, leaves }) =>
    unpackPlaces(places).some(
      ({ id }, at) => id === row.id && leaves.subarray(at * 32, at * 32 + 32).equals(row.leaf),
    ),
  );
}

function moveOf(entry: SealedEntry, to: LiveLeaf) {
  const problem = `it stands in the place of transaction ${to.tx}, id ${to.id}`;
  return { kind: 'reordered', seal: entry.seal, fromId: entry.id, problem } as const;
}
