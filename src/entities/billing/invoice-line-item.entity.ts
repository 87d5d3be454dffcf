import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { DecimalColumn } from '../columns/decimal.column.js';
import { MoneyColumn } from '../columns/money.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { Rule } from '../rule.decorator.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Invoice } from './invoice.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** One line of an invoice; a discount has a unit price below zero. */
@Audited()
@Entity({ name: 'invoice_line_items' })
@IndexReference('invoiceId')
@UniqueActive('invoiceId', 'position')
@Rule('the amount is quantity times unit price', '"amount" = round("quantity" * "unit_price", 6)')
@Rule('the tax rate is a fraction, such as 0.19', '"tax_rate" <= 1')
export class InvoiceLineItem extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Invoice, {
    nullable: false,
    inverse: (invoice) => invoice.lines,
    onDelete: 'RESTRICT',
  })
  invoice!: Invoice;

  invoiceId!: string;

  @CountColumn({ min: 1 })
  position!: number;

  @TextColumn({ max: 1_000 })
  description!: string;

  @DecimalColumn({ default: '1' })
  quantity!: string;

  @MoneyColumn({ signed: true })
  unitPrice!: string;

  @MoneyColumn({ signed: true })
  amount!: string;

  @DecimalColumn({ default: '0' })
  taxRate!: string;
}
