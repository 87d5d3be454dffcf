import { type DataSource, IsNull } from 'typeorm';
import { InvoiceLineItem } from '../../entities/billing/invoice-line-item.entity.js';
import { Invoice, type InvoiceState } from '../../entities/billing/invoice.entity.js';
import { PaymentTransaction } from '../../entities/billing/payment-transaction.entity.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { getConstraintName } from '../../errors/violations.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { StateMachine } from '../state-machine.js';
import { TenantRepository } from '../tenant.repository.js';
import { type InvoiceLine, rowsOfLines } from './invoice-line.js';
import { type InvoiceTotals, invoiceTotals, type TotalsOptions } from './invoice-totals.js';
import { paymentSums } from './payment-sums.js';

export type NewInvoice = Pick<
  NewRow<Invoice>,
  'id' | 'tenantId' | 'currency' | 'memo' | 'dueAt' | 'subscriptionId'
>;

export interface FinalizeOptions {
  readonly dueAt?: Date;
  /** Default: now. */
  readonly issuedAt?: Date;
}

const STATES = new StateMachine<Invoice, InvoiceState>('state', {
  draft: ['open'],
  open: ['paid', 'void', 'uncollectible'],
  uncollectible: ['paid', 'void'],
  paid: [],
  void: [],
});

const NEEDS_LINES = 'ck_invoices_has_lines';

/**
 * Invoices and their lines. The database adds up, numbers and locks, see DATABASE_TRIGGERS; what
 * stands here asks it to, in as few statements as it takes.
 */
export class InvoiceRepository extends DomainRepository<Invoice> {
  protected override readonly movedBy = { state: 'finalize, pay, void or markUncollectible' };
  private readonly lines: TenantRepository<InvoiceLineItem>;

  constructor(private readonly source: DataSource) {
    super(Invoice, source);
    this.lines = new TenantRepository(InvoiceLineItem, source);
  }

  /** A draft with its lines: three statements, however many lines there are. */
  createDraft(invoice: NewInvoice, lines: readonly InvoiceLine[] = []): Promise<Invoice> {
    return this.transaction(async () => {
      const { id } = await this.create({ ...invoice, state: 'draft' });
      const added = await this.lines.insertMany(rowsOfLines(id, lines, 1));
      return Object.assign(await this.getById(id), { lines: added });
    });
  }

  /** The invoice with its lines, in their order. */
  async getWithLines(id: string): Promise<Invoice> {
    // As a find with relations it would be two statements.
    const invoice = await this.createQueryBuilder('invoice')
      .leftJoinAndSelect('invoice.lines', 'line')
      .where('invoice.id = :id', { id })
      .orderBy('line.position')
      .getOne();
    if (!invoice) throw notFound(this.metadata.name);
    return invoice;
  }

  /** Adds a line at the end of a draft. */
  addLine(invoiceId: string, line: InvoiceLine): Promise<InvoiceLineItem> {
    return this.transaction(async () => {
      await this.lockDraft(invoiceId);
      const last = (await this.lines.maximum('position', { invoiceId })) ?? 0;
      const [added] = await this.lines.insertMany(rowsOfLines(invoiceId, [line], last + 1));
      return added as InvoiceLineItem;
    });
  }

  /** Takes a line off a draft. */
  removeLine(invoiceId: string, lineId: string): Promise<void> {
    return this.transaction(async () => {
      await this.lockDraft(invoiceId);
      const { affected } = await this.lines.softDelete({
        id: lineId,
        invoiceId,
        deletedAt: IsNull(),
      });
      if (affected === 0) throw noSuchLine();
    });
  }

  /** Issues the draft: adds up its lines, gives it the next number, and locks both. One statement. */
  async finalize(id: string, options: FinalizeOptions = {}): Promise<Invoice> {
    const { dueAt, issuedAt = new Date() } = checkedObject('options', options);
    try {
      return await STATES.move(this, id, 'open', { issuedAt, ...(dueAt ? { dueAt } : {}) });
    } catch (error) {
      throw getConstraintName(error) === NEEDS_LINES ? hasNoLines(error) : error;
    }
  }

  /** Paid, however it was; PaymentRepository says so itself once the payments cover the total. */
  pay(id: string, at: Date = new Date()): Promise<Invoice> {
    return STATES.move(this, id, 'paid', { paidAt: at });
  }

  /** Takes back an issued invoice; it keeps its number. What was paid is refunded first. */
  void(id: string): Promise<Invoice> {
    return this.transaction(async () => {
      await this.getById(id, { lock: { mode: 'pessimistic_write' } });
      const { charged, refunded } = await paymentSums(this.source, id);
      if (charged > refunded) throw hasPayments();
      return STATES.move(this, id, 'void');
    });
  }

  markUncollectible(id: string): Promise<Invoice> {
    return STATES.move(this, id, 'uncollectible');
  }

  /** Deletes a draft and its lines softly. An issued invoice is voided. */
  override delete(id: string): Promise<void> {
    return this.transaction(async () => {
      await this.lockDraft(id);
      await super.delete(id);
    });
  }

  /** What was invoiced, paid and is open, by currency, in one statement. */
  async totals(options: TotalsOptions = {}): Promise<InvoiceTotals[]> {
    return invoiceTotals(this, options);
  }

  /** What was paid for it and given back. */
  async payments(id: string): Promise<PaymentTransaction[]> {
    const transactions = new TenantRepository(PaymentTransaction, this.source);
    return transactions.find({ where: { invoiceId: id }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  private async lockDraft(id: string): Promise<void> {
    const { state } = await this.getById(id, { lock: { mode: 'pessimistic_write' } });
    if (state !== 'draft') throw isIssued(state);
  }
}

function isIssued(state: InvoiceState): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: `This Invoice is ${state}, and only a draft can be changed`,
    mend: 'Void it and write another one',
    given: { entity: 'Invoice', state },
  });
}

function hasNoLines(cause: unknown): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: 'This Invoice has no lines and cannot become open',
    mend: 'Add a line first, or delete the draft',
    cause,
    given: { entity: 'Invoice', state: 'draft', next: 'open' },
  });
}

function hasPayments(): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: 'This Invoice has payments and cannot become void',
    mend: 'Refund them first',
    given: { entity: 'Invoice', next: 'void' },
  });
}

function noSuchLine(): RowNotFoundError {
  return new RowNotFoundError({
    problem: 'The invoice has no such line',
    mend: 'Check the id of the line, and of the invoice',
    given: { entity: 'InvoiceLineItem' },
  });
}
