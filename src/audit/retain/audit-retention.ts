import { createPublicKey } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { runAsOwner } from '../../context/owner-work.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { type MonthlyPartition, monthlyPartitions } from '../../schema/monthly-partitions.js';
import { quoteName } from '../../schema/sql.js';
import { type AuditSealRecord, signedSeal } from '../seal/audit-seal-record.js';
import { linkTo } from '../seal/log-sealing.js';
import { merkleRoot } from '../seal/merkle.js';
import { type SealedMonth, checkedMonth } from './month-check.js';
import {
  type AuditPublicKeys,
  type AuditSealKey,
  type KeyOf,
  type OpenedSealKey,
  openedPublicKeys,
  openedSealKey,
} from '../seal/seal-key.js';
import { asSystemWork } from '../seal/log-work.js';
import { SealStore, placesHashOf } from '../seal/seal-store.js';
import { SEALED_ROW, type SealedRow } from '../seal/sealed-row.js';
import { type SealingState, awaitedState } from '../seal/unsealed-stretch.js';

/** A month on its way out. */
export interface RetiringMonth {
  readonly month: string;
  readonly rows: number;
  /** Every row of it, in pages; with these and their proofs the month can be proven when it is gone. */
  read(): AsyncGenerator<SealedRow[]>;
}

export interface RetentionOptions {
  /** Checks everything, and drops nothing. */
  readonly dryRun?: boolean;
  /**
   * Keeps the month elsewhere before it is dropped, and answers with a receipt, such as the version of
   * an object that is locked; the receipt is sealed.
   */
  readonly keep?: (month: RetiringMonth) => Promise<string>;
  /** Of older seals, where another key signed them. */
  readonly publicKeys?: AuditPublicKeys;
}

export interface RetiredMonth {
  readonly month: string;
  readonly rows: number;
  readonly receipt: string | undefined;
  readonly dropped: boolean;
}

const LOG = 'audit_logs';
const RETENTION = 'retention of the audit log';
const NO_ROWS = Buffer.alloc(0);
const END_OF_EPOCH = Number.MAX_SAFE_INTEGER;
const MOST_MONTHS = 1_200;
const LONGEST_RECEIPT = 500;
const IDS_A_PAGE = 5_000;

/** Drops whole months of the audit log; what was sealed of them stays provable. System work. */
export class AuditRetention {
  private readonly key: OpenedSealKey;
  private readonly store: SealStore;

  constructor(
    private readonly source: DataSource,
    key: AuditSealKey,
  ) {
    this.key = openedSealKey(key);
    this.store = new SealStore(source);
  }

  /** Months that ended so many months ago, the oldest first. What does not fit its seals stays, by an error. */
  async dropOlderThan(months: number, options: RetentionOptions = {}): Promise<RetiredMonth[]> {
    const before = monthsAgo(months);
    const own = { [this.key.keyId]: createPublicKey(this.key.privateKey) };
    const keyOf = openedPublicKeys({ ...options.publicKeys, ...own });
    const run = <Row>(sql: string, values?: unknown[]) => this.source.query<Row[]>(sql, values);
    const old = (await asSystem(() => monthlyPartitions(run, LOG))).filter(
      ({ to }) => to <= before,
    );
    const retired: RetiredMonth[] = [];
    for (const partition of old) retired.push(await this.retire(partition, keyOf, options));
    return retired;
  }

  private async retire(
    partition: MonthlyPartition,
    keyOf: KeyOf,
    { dryRun, keep }: RetentionOptions,
  ): Promise<RetiredMonth> {
    const sealed = await asSystem(() => checkedMonth(this.source, partition, keyOf));
    const [{ month }, { rows }] = [partition, sealed];
    if (dryRun) return { month, rows, receipt: undefined, dropped: false };
    const receipt =
      keep && checkedReceipt(await asSystem(() => keep(this.retiring(partition, sealed))));
    await this.drop(partition, receipt);
    return { month, rows, receipt, dropped: true };
  }

  private retiring({ month, from, to }: MonthlyPartition, sealed: SealedMonth): RetiringMonth {
    const { source } = this;
    return {
      month,
      rows: sealed.rows,
      async *read() {
        for (let id = sealed.minId; id <= sealed.maxId; id += IDS_A_PAGE) {
          const page = await source.query<SealedRow[]>(
            `SELECT ${SEALED_ROW} FROM audit_logs WHERE id >= $1 AND id < $2 AND audit_logs.at >= $3 AND audit_logs.at < $4 ORDER BY audit_logs.id`,
            [id, id + IDS_A_PAGE, from, to],
          );
          if (page.length > 0) yield page;
        }
      },
    };
  }

  /** The seal and the drop are one: neither is there without the other. */
  private drop({ month, name }: MonthlyPartition, receipt: string | undefined): Promise<void> {
    return runAsOwner(RETENTION, () =>
      this.source.transaction(async () => {
        await this.source.query(`SET LOCAL lock_timeout = '5s'`);
        const state = await awaitedState(this.source);
        const statement = retirement(await this.store.head(), state);
        const seal = signedSeal({ ...statement, month, receipt: receipt ?? null }, this.key);
        await this.store.add({ ...seal, leaves: NO_ROWS, places: NO_ROWS });
        await this.source.query(`DROP TABLE ${quoteName(name)}`);
      }),
    );
  }
}

/** Stands where the newest seal ends, and covers no row. */
function retirement(last: AuditSealRecord | undefined, { nextTx, now }: SealingState) {
  const end =
    last?.kind === 'closing' ? [END_OF_EPOCH, END_OF_EPOCH] : [last?.toTx ?? 0, last?.toId ?? 0];
  const [tx = 0, id = 0] = end;
  return {
    ...linkTo(last, 0),
    kind: 'retirement' as const,
    epoch: last?.epoch ?? 0,
    fromTx: tx,
    fromId: id,
    toTx: tx,
    toId: id,
    minId: last?.minId ?? 0,
    maxId: last?.maxId ?? 0,
    minAt: null,
    maxAt: null,
    nextTx: last?.nextTx ?? nextTx,
    sealedAt: now,
    root: merkleRoot(NO_ROWS).toString('hex'),
    placesHash: placesHashOf(NO_ROWS),
  };
}

function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return asSystemWork(RETENTION, work);
}

function monthsAgo(months: unknown): Date {
  if (
    typeof months !== 'number' ||
    !Number.isInteger(months) ||
    months < 1 ||
    months > MOST_MONTHS
  ) {
    throw new InvalidInputError({
      problem: `months is no whole number from 1 to ${MOST_MONTHS} (given: ${String(months).slice(0, 40)})`,
      mend: 'Say how many months the audit log is kept',
    });
  }
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, now.getUTCDate()));
}

function checkedReceipt(receipt: unknown): string {
  if (typeof receipt === 'string' && receipt !== '' && receipt.length <= LONGEST_RECEIPT)
    return receipt;
  throw new InvalidInputError({
    problem: 'keep() has answered without a receipt, so that the month was not dropped',
    mend: `Answer with a text of 1 to ${LONGEST_RECEIPT} characters that says where the rows are kept`,
  });
}
