import type { DataSource } from 'typeorm';
import { runAsOwner } from '../../context/owner-work.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { type AuditAnchor, anchorOf, checkedAnchor } from './audit-anchor.js';
import { type ProvenRow, proofOf } from '../prove/log-proof.js';
import {
  type AuditPublicKeys,
  type AuditSealKey,
  type OpenedSealKey,
  openedPublicKeys,
  openedSealKey,
} from './seal-key.js';
import { checkedRowId } from './row-id.js';
import type { SealedRow } from './sealed-row.js';
import { LogSealing } from './log-sealing.js';
import { type SealingLag, readSealingLag } from './sealing-lag.js';
import { asSystemWork } from './log-work.js';
import { SealStore } from './seal-store.js';
import type { AuditVerificationReport } from './verify/audit-finding.js';
import { LogVerification } from './verify/log-verification.js';
import { currentState } from './unsealed-stretch.js';

export interface SealingReport {
  readonly seals: number;
  readonly rows: number;
  /** Another sealer is at work; this one has left it to that. */
  readonly busy: boolean;
  readonly head: AuditAnchor | undefined;
}

export interface AuditVerifyOptions {
  /** By the id of the key; every key that has ever signed a seal. */
  readonly publicKeys: AuditPublicKeys;
  /** What head() answered once, kept outside of the database. */
  readonly anchor?: AuditAnchor;
  /** The number of the first seal to verify; everything before it is taken as it is. */
  readonly from?: number;
  /** The number of the last seal to verify. */
  readonly to?: number;
}

/** Seals the audit log, so that no change of it goes unnoticed. System work. */
export class AuditSeals {
  private readonly key: OpenedSealKey | undefined;
  private readonly store: SealStore;

  /** Without a key it verifies and proves, and cannot seal. */
  constructor(
    private readonly source: DataSource,
    key?: AuditSealKey,
  ) {
    this.key = key === undefined ? undefined : openedSealKey(key);
    this.store = new SealStore(source);
  }

  /** Seals every row whose transaction cannot get another one. Nobody who writes has to wait for it. */
  async seal(): Promise<SealingReport> {
    const sealing = new LogSealing(this.source, requiredKey(this.key));
    return asSystemWork('sealing of the audit log', async () => {
      const report = { seals: 0, rows: 0, busy: false };
      for (;;) {
        const step = await this.source.transaction(() => sealing.step());
        report.seals += step.seals;
        report.rows += step.rows;
        report.busy = step.outcome === 'busy';
        if (step.outcome !== 'more-waits') break;
      }
      return { ...report, head: await this.readHead() };
    });
  }

  /** Undefined as long as nothing is sealed. */
  head(): Promise<AuditAnchor | undefined> {
    return asSystemWork('head of the audit seals', () => this.readHead());
  }

  /** What is not sealed yet, and who keeps it from being sealed. */
  lag(): Promise<SealingLag> {
    return asSystemWork('lag of the audit seals', () => readSealingLag(this.source));
  }

  /**
   * To be called once after a dump was restored into another server, whose transactions count from 1
   * again. Waits for the writers of the moment, and lets them wait for as long.
   */
  async newEpoch(): Promise<SealingReport & { readonly epoch: number }> {
    requiredKey(this.key);
    const epoch = await runAsOwner('new epoch of the audit log', () =>
      this.source.transaction(() => beginEpoch(this.source)),
    );
    return { epoch, ...(await this.seal()) };
  }

  /**
   * Recomputes every hash, link and signature. Answers with all that does not fit, row by row; a row
   * after the newest seal is counted, and not judged.
   */
  async verify(options: AuditVerifyOptions): Promise<AuditVerificationReport> {
    const keys = openedPublicKeys(options?.publicKeys);
    const { anchor } = options;
    const from = checkedSeq('from', options.from, 1);
    const to = checkedSeq('to', options.to, from ?? 1);
    const range = { anchor: anchor && checkedAnchor(anchor), from, to };
    return asSystemWork('verification of the audit log', () =>
      new LogVerification(this.source, keys, range).run(),
    );
  }

  /** What shows an auditor without a database that the row was sealed: see checkProof. */
  async prove(row: string | SealedRow): Promise<ProvenRow> {
    const given = typeof row === 'object' ? row : checkedRowId(row);
    return asSystemWork('proof of an audit row', () => proofOf(this.source, given));
  }

  private async readHead(): Promise<AuditAnchor | undefined> {
    const head = await this.store.head();
    return head && anchorOf(head);
  }
}

async function beginEpoch(source: DataSource): Promise<number> {
  await source.query(`SET LOCAL lock_timeout = '5s'`);
  await source.query('LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE');
  const { epoch } = await currentState(source);
  await source.query(`ALTER TABLE audit_logs ALTER COLUMN epoch SET DEFAULT ${epoch + 1}`);
  return epoch + 1;
}

function checkedSeq(name: string, seq: number | undefined, least: number): number | undefined {
  if (seq === undefined || (Number.isSafeInteger(seq) && seq >= least)) return seq;
  throw new InvalidInputError({
    problem: `${name} is not the number of a seal (given: ${String(seq).slice(0, 40)})`,
    mend: 'Seals are numbered from 1 on; from is not greater than to',
  });
}

function requiredKey(key: OpenedSealKey | undefined): OpenedSealKey {
  if (key) return key;
  throw new InvalidInputError({
    problem: 'Nothing can be sealed without a key',
    mend: 'Make it with one: new AuditSeals(dataSource, { privateKey, keyId })',
  });
}
