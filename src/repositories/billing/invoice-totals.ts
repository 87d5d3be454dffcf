import type { Repository } from 'typeorm';
import type { Invoice } from '../../entities/billing/invoice.entity.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedTimes } from '../../validation/checked-times.js';

export interface TotalsOptions {
  /** Issued at this time or later. */
  readonly from?: Date;
  /** Issued before this time. */
  readonly to?: Date;
  /** What is due before this time is overdue. Default: now. */
  readonly at?: Date;
}

/** Of issued invoices in one currency; void ones count nowhere. */
export interface InvoiceTotals {
  readonly currency: string;
  readonly count: number;
  readonly invoiced: string;
  readonly paid: string;
  readonly open: string;
  readonly overdue: string;
  readonly uncollectible: string;
}

export async function invoiceTotals(
  invoices: Pick<Repository<Invoice>, 'createQueryBuilder'>,
  options: TotalsOptions,
): Promise<InvoiceTotals[]> {
  const { from, to, at = new Date() } = checkedObject('options', options);
  checkedTimes({ from, to });
  checkedTimes({ from: at, to: undefined });
  const builder = invoices
    .createQueryBuilder('invoice')
    .select('invoice.currency', 'currency')
    .addSelect('count(*)::int', 'count')
    .addSelect('sum(invoice.total)', 'invoiced')
    .addSelect(sumWhere(`invoice.state = 'paid'`), 'paid')
    .addSelect(sumWhere(`invoice.state = 'open'`), 'open')
    .addSelect(sumWhere(`invoice.state = 'open' AND invoice.dueAt < :at`), 'overdue')
    .addSelect(sumWhere(`invoice.state = 'uncollectible'`), 'uncollectible')
    .where(`invoice.state IN ('open', 'paid', 'uncollectible')`)
    .setParameter('at', at);
  if (from) builder.andWhere('invoice.issuedAt >= :from', { from });
  if (to) builder.andWhere('invoice.issuedAt < :to', { to });
  return builder.groupBy('invoice.currency').orderBy('invoice.currency').getRawMany();
}

function sumWhere(condition: string): string {
  return `coalesce(sum(invoice.total) FILTER (WHERE ${condition}), 0::numeric(18,6))`;
}
