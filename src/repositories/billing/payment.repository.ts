import type { DataSource } from 'typeorm';
import type { Invoice, InvoiceState } from '../../entities/billing/invoice.entity.js';
import {
  PAYMENT_STATUSES,
  type PaymentKind,
  type PaymentStatus,
  PaymentTransaction,
} from '../../entities/billing/payment-transaction.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { LimitReachedError } from '../../errors/limit-reached.error.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { DomainRepository } from '../domain.repository.js';
import { exactText, millionths } from './exact-number.js';
import { InvoiceRepository } from './invoice.repository.js';
import { type PaymentSums, paymentSums } from './payment-sums.js';

/** A payment as the provider tells it. */
export interface PaymentRecord {
  readonly invoiceId: string;
  readonly amount: string;
  /** What the provider calls this payment. Told twice, it is recorded once. */
  readonly providerReference: string;
  /** Default: succeeded. What was pending is told again once it has an outcome. */
  readonly status?: PaymentStatus;
  /** Has to be the currency of the invoice; taken from there where it is not told. */
  readonly currency?: string;
  readonly methodId?: string;
  readonly failureCode?: string;
}

type Payment = PaymentRecord & { readonly kind: PaymentKind; readonly status: PaymentStatus };

const CHARGEABLE: readonly InvoiceState[] = ['open', 'uncollectible', 'paid'];

/**
 * What happened to money; rows are only added. All payments of an invoice wait for each other, so
 * that it is never charged more than its total, and never refunded more than was charged.
 */
export class PaymentRepository extends DomainRepository<PaymentTransaction> {
  private readonly invoices: InvoiceRepository;

  constructor(private readonly source: DataSource) {
    super(PaymentTransaction, source);
    this.invoices = new InvoiceRepository(source);
  }

  /** Records a charge, once for each reference. The invoice is paid when its total is covered. */
  async recordCharge(charge: PaymentRecord): Promise<PaymentTransaction> {
    return this.record(checked('charge', charge), async (payment, invoice, sums) => {
      if (!CHARGEABLE.includes(invoice.state)) throw notChargeable(invoice.state);
      const charged = sums.charged + millionths('amount', payment.amount);
      const total = millionths('total', invoice.total);
      if (payment.status !== 'succeeded') return this.add(payment, invoice);
      if (charged > total) throw chargesTooMuch(total - sums.charged);
      const row = await this.add(payment, invoice);
      if (charged === total && invoice.state !== 'paid') await this.invoices.pay(invoice.id);
      return row;
    });
  }

  /** Records a refund, once for each reference. The invoice stays paid. */
  async refund(refund: PaymentRecord): Promise<PaymentTransaction> {
    return this.record(checked('refund', refund), (payment, invoice, sums) => {
      const left = sums.charged - sums.refunded;
      const isTooMuch = millionths('amount', payment.amount) > left;
      if (payment.status !== 'failed' && isTooMuch) throw refundsTooMuch(left);
      return this.add(payment, invoice);
    });
  }

  findByInvoice(invoiceId: string): Promise<PaymentTransaction[]> {
    return this.find({ where: { invoiceId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** What is known of a payment by the name that the provider gave it, the latest last. */
  findByReference(providerReference: string): Promise<PaymentTransaction[]> {
    return this.find({ where: { providerReference }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  private record(
    payment: Payment,
    decide: (payment: Payment, invoice: Invoice, sums: PaymentSums) => Promise<PaymentTransaction>,
  ): Promise<PaymentTransaction> {
    return this.transaction(async () => {
      const lock = { mode: 'pessimistic_write' } as const;
      const invoice = await this.invoices.getById(payment.invoiceId, { lock });
      const sums = await paymentSums(this.source, invoice.id, payment);
      if (sums.recordedId === undefined) {
        if ((payment.currency ?? invoice.currency) === invoice.currency) {
          return decide(payment, invoice, sums);
        }
        throw otherCurrency(invoice.currency);
      }
      const recorded = await this.getById(sums.recordedId);
      if (isTheSame(recorded, payment)) return recorded;
      throw otherPayment();
    });
  }

  private add(payment: Payment, { currency }: Invoice): Promise<PaymentTransaction> {
    const { invoiceId, methodId, kind, status, amount, providerReference, failureCode } = payment;
    return this.create({
      invoiceId,
      kind,
      status,
      amount,
      currency,
      providerReference,
      ...(methodId === undefined ? {} : { methodId }),
      ...(failureCode === undefined ? {} : { failureCode }),
    });
  }
}

function checked(kind: PaymentKind, given: PaymentRecord): Payment {
  const { amount, providerReference, status = 'succeeded' } = given ?? ({} as PaymentRecord);
  if (millionths('amount', amount) <= 0n) throw invalid(`The amount of a ${kind} is not above 0`);
  if (typeof providerReference !== 'string' || providerReference.trim() === '')
    throw invalid(`A ${kind} has no reference of the provider`);
  if (!PAYMENT_STATUSES.includes(status))
    throw invalid(`The status of a ${kind} is none of ${PAYMENT_STATUSES.join(', ')}`);
  return { ...given, kind, status, amount: exactText(millionths('amount', amount)) };
}

/** Told again word by word, or something else under the name of a payment that is known. */
function isTheSame(recorded: PaymentTransaction, payment: Payment): boolean {
  return (
    recorded.kind === payment.kind &&
    recorded.status === payment.status &&
    recorded.invoiceId === payment.invoiceId.toLowerCase() &&
    recorded.amount === payment.amount &&
    (payment.currency ?? recorded.currency) === recorded.currency
  );
}

function notChargeable(state: InvoiceState): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: `This Invoice is ${state} and cannot be charged`,
    mend: 'Finalize it first; of a void one, give the money back at the provider',
    given: { entity: 'Invoice', state },
  });
}

function chargesTooMuch(open: bigint): LimitReachedError {
  return new LimitReachedError({
    problem: `The charge is more than is open on the invoice (${exactText(open)})`,
    mend: 'Nothing was recorded; give back at the provider what was charged too much',
    given: { open: exactText(open) },
  });
}

function refundsTooMuch(left: bigint): LimitReachedError {
  return new LimitReachedError({
    problem: `The refund is more than what was charged and not refunded (${exactText(left)})`,
    mend: 'Refund that much at most; nothing was recorded',
    given: { left: exactText(left) },
  });
}

function otherCurrency(currency: string): InvalidInputError {
  return invalid(`The payment is in another currency than the invoice, which is in ${currency}`);
}

function otherPayment(): InvalidInputError {
  return invalid('The reference of the provider belongs to another payment that is recorded');
}

function invalid(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Pass { invoiceId, amount, providerReference } as the provider tells them; nothing was written',
  });
}
