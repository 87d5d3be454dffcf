import type { DataSource } from 'typeorm';
import { AuditNotRetiredError } from '../../errors/audit-not-retired.error.js';
import type { MonthlyPartition } from '../../schema/monthly-partitions.js';
import type { KeyOf } from '../seal/seal-key.js';
import { SealStore } from '../seal/seal-store.js';
import { unpackPlaces } from '../seal/sealed-places.js';
import { LogVerification } from '../seal/verify/log-verification.js';

/** What the seals know of a month. */
export interface SealedMonth {
  readonly rows: number;
  readonly minId: number;
  readonly maxId: number;
  readonly firstSeal: number;
  readonly lastSeal: number;
}

const NOTHING: SealedMonth = {
  rows: 0,
  minId: Infinity,
  maxId: -Infinity,
  firstSeal: Infinity,
  lastSeal: -Infinity,
};

/** A month may go only if each row of it is sealed, and is what was sealed. */
export async function checkedMonth(
  source: DataSource,
  partition: MonthlyPartition,
  keyOf: KeyOf,
): Promise<SealedMonth> {
  const { month, from, to } = partition;
  const sealed = await sealedMonth(source, partition);
  const [row] = await source.query<{ rows: number }[]>(
    'SELECT count(*)::float8 AS rows FROM audit_logs WHERE at >= $1 AND at < $2',
    [from, to],
  );
  const rows = row?.rows ?? 0;
  if (rows !== sealed.rows) throw notSealed(month, rows, sealed.rows);
  if (rows === 0) return sealed;
  const range = { anchor: undefined, from: sealed.firstSeal, to: sealed.lastSeal };
  const report = await new LogVerification(source, keyOf, range).run();
  if (!report.intact) throw notIntact(month, report.findings[0]?.problem ?? '');
  return sealed;
}

async function sealedMonth(
  source: DataSource,
  { from, to }: MonthlyPartition,
): Promise<SealedMonth> {
  const store = new SealStore(source);
  let known = NOTHING;
  for await (const seal of store.between(from, to)) {
    for (const { id, at } of unpackPlaces(seal.places)) {
      if (at < from.getTime() || at >= to.getTime()) continue;
      known = {
        rows: known.rows + 1,
        minId: Math.min(known.minId, id),
        maxId: Math.max(known.maxId, id),
        firstSeal: Math.min(known.firstSeal, seal.seq),
        lastSeal: Math.max(known.lastSeal, seal.seq),
      };
    }
  }
  return known;
}

function notSealed(month: string, rows: number, sealed: number): AuditNotRetiredError {
  return new AuditNotRetiredError({
    problem: `${month} has ${rows} rows in the audit log, and ${sealed} of its rows are sealed`,
    mend: 'Seal first: AuditSeals.seal(); if that does not help, verify() says what happened',
    given: { month, rows, sealed },
  });
}

function notIntact(month: string, problem: string): AuditNotRetiredError {
  return new AuditNotRetiredError({
    problem: `${month} is not what was sealed: ${problem}`,
    mend: 'Look into it with AuditSeals.verify() before anything of it is dropped',
    given: { month },
  });
}
