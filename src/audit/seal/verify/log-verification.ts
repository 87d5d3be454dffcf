import type { DataSource } from 'typeorm';
import { type AuditAnchor, anchorOf } from '../audit-anchor.js';
import { type AuditSealRecord, isKnownAs, sealProblem } from '../audit-seal-record.js';
import { BEFORE_ALL, type LogPosition } from '../log-position.js';
import { ROWS_A_SEAL } from '../log-sealing.js';
import { HASH_BYTES } from '../merkle.js';
import type { KeyOf } from '../seal-key.js';
import { SealStore, type StoredSeal } from '../seal-store.js';
import type { SealedPlace } from '../sealed-places.js';
import { readSealingLag } from '../sealing-lag.js';
import type { AuditVerificationReport } from './audit-finding.js';
import { nameDifferences } from './difference-names.js';
import { erasedWithoutNote } from './erased-rows.js';
import { FindingList } from './finding-list.js';
import { LogComparison } from './log-comparison.js';
import { LogReader, type SealedEntry } from './log-window.js';
import { SealChain, endOf } from './seal-chain.js';

export interface VerifiedRange {
  readonly anchor: AuditAnchor | undefined;
  /** Numbers of seals; undefined: from the first, up to the newest. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const ROWS_A_WINDOW = 100_000;

/** Holds all of the log against its seals, and the seals against each other and the anchor. */
export class LogVerification {
  private readonly store: SealStore;
  private readonly findings = new FindingList();

  constructor(
    private readonly source: DataSource,
    private readonly keyOf: KeyOf,
    private readonly range: VerifiedRange,
  ) {
    this.store = new SealStore(source);
  }

  async run(): Promise<AuditVerificationReport> {
    const { from = 1, to } = this.range;
    const newest = await this.store.head();
    await this.checkAnchor(newest);
    const head = await this.store.newestUpTo(to ?? Number.MAX_SAFE_INTEGER);
    const before = from > 1 ? await this.store.numbered(from - 1) : undefined;
    const seals = head ? await this.compare(head, before) : 0;
    const lag = await readSealingLag(this.source);
    return {
      ...this.result,
      intact: this.findings.isEmpty,
      seals,
      unsealed: lag.rows,
      head: newest && anchorOf(newest),
      counts: this.findings.counts,
      findings: this.findings.named,
    };
  }

  private readonly result = { rows: 0, retired: 0, erased: 0 };

  private async compare(head: AuditSealRecord, before: AuditSealRecord | undefined) {
    const range = {
      from: before ? endOf(before) : BEFORE_ALL,
      to: wholeEndOf(head),
      isRetired: await this.retiredTimes(),
    };
    const chain = new SealChain(before, this.keyOf, this.findings);
    const reader = new LogReader(this.source, range.from, range.to);
    const comparison = new LogComparison(reader, range, -Infinity);
    let seals = 0;
    for (let after = (this.range.from ?? 1) - 1; after < head.seq;) {
      const page = await this.store.page(after, head.seq, ROWS_A_WINDOW);
      seals += page.length;
      after = page.at(-1)?.seq ?? head.seq;
      comparison.add(page.flatMap((seal) => entriesOf(seal, chain.follow(seal))));
      await comparison.compareUpTo(await this.idsKnownUpTo(after, head.seq));
    }
    Object.assign(this.result, {
      rows: comparison.rows,
      retired: comparison.retired,
      erased: comparison.erased.length,
    });
    const isPart = this.range.from !== undefined || this.range.to !== undefined;
    await nameDifferences(this.source, comparison, { chain, findings: this.findings, isPart });
    if (this.range.to === undefined) await this.checkErased(comparison.erased);
    return seals;
  }

  private async checkErased(ids: readonly number[]): Promise<void> {
    for (const id of await erasedWithoutNote(this.source, ids)) {
      const problem = 'its values were taken out, and no note says by whom and why';
      this.findings.rows({ kind: 'modified', fromId: id, problem });
    }
  }

  private async checkAnchor(newest: AuditSealRecord | undefined): Promise<void> {
    const { anchor } = this.range;
    if (!anchor) return;
    if (!newest || newest.seq < anchor.seq) {
      const problem = `the newest seal is ${newest?.seq ?? 'gone'}, and the anchor knows ${anchor.seq} with ${anchor.count} rows`;
      this.findings.chain({ kind: 'rolledBack', seal: newest?.seq, problem });
      return;
    }
    const anchored = await this.store.numbered(anchor.seq);
    // A seal that is gone from the middle is told by the chain.
    if (!anchored || isKnownAs(anchored, anchor.hash)) return;
    const problem = 'it is not the seal that the anchor knows';
    this.findings.chain({ kind: 'rolledBack', seal: anchor.seq, problem });
  }

  /** A retirement counts only if its signature does: otherwise it could be made up. */
  private async retiredTimes(): Promise<(at: number) => boolean> {
    const all = await this.store.retirements(Number.MAX_SAFE_INTEGER);
    const good = all.filter((one) => !sealProblem(one, this.keyOf));
    const months = new Set(good.map((one) => one.month));
    if (months.size === 0) return () => false;
    return (at) => months.has(new Date(at).toISOString().slice(0, 7));
  }

  private async idsKnownUpTo(after: number, upTo: number): Promise<number> {
    const [row] = await this.source.query<{ least: number | null }[]>(
      `SELECT min(min_id)::float8 AS least FROM audit_seals WHERE seq > $1 AND seq <= $2 AND kind <> 'retirement'`,
      [after, upTo],
    );
    return row?.least === null || row === undefined ? Infinity : row.least - 1;
  }
}

function entriesOf(seal: StoredSeal, places: readonly SealedPlace[] | undefined): SealedEntry[] {
  const first = seal.total - seal.count;
  return (places ?? []).map(({ tx, id, at }, index) => ({
    epoch: seal.epoch,
    tx,
    id,
    at,
    seal: seal.seq,
    ordinal: first + index,
    leaf: seal.leaves.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  }));
}

/**
 * A seal that is not full ended where nothing was left to seal: what else there is of its last
 * transaction, or of one before it, came later.
 */
function wholeEndOf(seal: AuditSealRecord): LogPosition {
  const end = endOf(seal);
  return seal.kind === 'rows' && seal.count < ROWS_A_SEAL ? { ...end, id: Infinity } : end;
}
