import type { DataSource } from 'typeorm';
import {
  PaymentTransaction,
  type PaymentStatus,
} from '../../entities/billing/payment-transaction.entity.js';
import { millionths } from './exact-number.js';

/** In millionths. */
export interface PaymentSums {
  /** Charges that succeeded. */
  readonly charged: bigint;
  /** Refunds that succeeded, or may still. */
  readonly refunded: bigint;
  /** The payment that is known by the reference already. */
  readonly recordedId: string | undefined;
}

/** What is about to be recorded: its own rows are not counted. */
export interface PaymentKey {
  readonly providerReference: string;
  readonly status: PaymentStatus;
}

interface SumsRow {
  readonly charged: string;
  readonly refunded: string;
  readonly recorded: string | null;
}

const COUNTS = 'payment.invoiceId = :invoiceId AND payment.providerReference <> :providerReference';
const IS_CHARGE = `payment.kind = 'charge' AND payment.status = 'succeeded'`;
/** A pending refund counts until it is told how it ended. */
const IS_REFUND = `payment.kind = 'refund' AND (payment.status = 'succeeded' OR (payment.status = 'pending' AND outcome.id IS NULL))`;
const IS_RECORDED = `payment.providerReference = :providerReference AND (payment.status = 'pending') = :isPending`;
const NONE: PaymentKey = { providerReference: '', status: 'succeeded' };

/** What the payments of an invoice come to, and whether a reference is known, in one statement. */
export async function paymentSums(
  source: DataSource,
  invoiceId: string,
  key: PaymentKey = NONE,
): Promise<PaymentSums> {
  const { providerReference, status } = key;
  const sums = await source.manager
    .createQueryBuilder(PaymentTransaction, 'payment')
    .leftJoin(
      PaymentTransaction,
      'outcome',
      `outcome.providerReference = payment.providerReference AND outcome.status <> 'pending'`,
    )
    .select(sumOf(IS_CHARGE), 'charged')
    .addSelect(sumOf(IS_REFUND), 'refunded')
    .addSelect(`(array_agg(payment.id) FILTER (WHERE ${IS_RECORDED}))[1]`, 'recorded')
    .where('payment.invoiceId = :invoiceId OR payment.providerReference = :providerReference')
    .setParameters({ invoiceId, providerReference, isPending: status === 'pending' })
    .getRawOne<SumsRow>();
  return {
    charged: millionths('charged', sums?.charged),
    refunded: millionths('refunded', sums?.refunded),
    recordedId: sums?.recorded ?? undefined,
  };
}

function sumOf(condition: string): string {
  return `coalesce(sum(payment.amount) FILTER (WHERE ${COUNTS} AND ${condition}), 0)::text`;
}
