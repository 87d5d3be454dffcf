import { Entity, OneToMany } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueForever } from '../unique-forever.decorator.js';
import type { InvoiceLineItem } from './invoice-line-item.entity.js';
import { Subscription } from './subscription.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const INVOICE_STATES = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceState = (typeof INVOICE_STATES)[number];

/**
 * What a tenant is asked to pay. The database itself adds up the lines, gives the number when the
 * invoice leaves the draft, and keeps it as it is from then on.
 */
@Audited()
@Entity({ name: 'invoices' })
@UniqueForever('number')
@IndexActive('state', 'dueAt')
@IndexActive('issuedAt')
@IndexReference('subscriptionId')
@Rule('the total is the subtotal and the tax', '"total" = "subtotal" + "tax"')
@Rule('only a draft may be below zero', `"state" = 'draft' OR "total" >= 0`)
@Rule(
  'an invoice that is no draft, and no other, has a number and the time of its issue',
  `("state" = 'draft') = ("number" IS NULL) AND ("state" = 'draft') = ("issued_at" IS NULL)`,
)
@Rule(
  'a paid invoice, and no other, has the time of its payment',
  `("state" = 'paid') = ("paid_at" IS NOT NULL)`,
)
export class Invoice extends TenantEntity {
  /** Without gaps within the tenant; null while it is a draft. */
  @CountColumn({ nullable: true, min: 1 })
  number!: number | null;

  @ChoiceColumn(INVOICE_STATES, { default: 'draft' })
  state!: InvoiceState;

  @CurrencyColumn()
  currency!: string;

  @MoneyColumn({ default: '0', signed: true })
  subtotal!: string;

  @MoneyColumn({ default: '0', signed: true })
  tax!: string;

  @MoneyColumn({ default: '0', signed: true })
  total!: string;

  @TextColumn({ max: 2_000, nullable: true })
  memo!: string | null;

  @TimeColumn({ nullable: true })
  issuedAt!: Date | null;

  @TimeColumn({ nullable: true })
  dueAt!: Date | null;

  @TimeColumn({ nullable: true })
  paidAt!: Date | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Subscription, { onDelete: 'RESTRICT' })
  subscription!: Subscription | null;

  subscriptionId!: string | null;

  @OneToMany<InvoiceLineItem>('InvoiceLineItem', 'invoice')
  lines!: InvoiceLineItem[];
}
