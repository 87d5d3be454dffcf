import { Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { TextColumn } from '../columns/text.column.js';
import { Rule } from '../rule.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantRecord } from '../tenant.record.js';
import { Invoice } from './invoice.entity.js';
import { PaymentMethod } from './payment-method.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const PAYMENT_KINDS = ['charge', 'refund'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

export const PAYMENT_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * What happened to money. A reference of the provider has one outcome, and may have been pending
 * before: two rows, since nothing here is ever changed.
 */
@Entity({ name: 'payment_transactions' })
@Index('ix_payment_transactions_outcome', ['tenantId', 'providerReference'], {
  unique: true,
  where: `"status" <> 'pending'`,
})
@Index('ix_payment_transactions_pending', ['tenantId', 'providerReference'], {
  unique: true,
  where: `"status" = 'pending'`,
})
@Index(['tenantId', 'invoiceId', 'createdAt'])
@Index(['tenantId', 'methodId'])
@Rule('an amount above zero', '"amount" > 0')
@Rule('only a failed payment has a failure code', `"status" = 'failed' OR "failure_code" IS NULL`)
export class PaymentTransaction extends TenantRecord {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Invoice, { nullable: false, onDelete: 'RESTRICT' })
  invoice!: Invoice;

  invoiceId!: string;

  @SoftDelete('ignore')
  @TenantManyToOne(() => PaymentMethod, { onDelete: 'RESTRICT' })
  method!: PaymentMethod | null;

  methodId!: string | null;

  @ChoiceColumn(PAYMENT_KINDS)
  kind!: PaymentKind;

  @ChoiceColumn(PAYMENT_STATUSES)
  status!: PaymentStatus;

  @MoneyColumn()
  amount!: string;

  @CurrencyColumn()
  currency!: string;

  /** What the provider calls it: told twice, it is recorded once. */
  @TextColumn({ max: 200 })
  providerReference!: string;

  @TextColumn({ max: 100, nullable: true })
  failureCode!: string | null;
}
