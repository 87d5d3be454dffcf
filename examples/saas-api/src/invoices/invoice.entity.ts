import { Column, Entity } from 'typeorm';
import { IndexReference, TenantEntity, TenantManyToOne, UniqueActive } from 'nestjs-rowguard';
import { Customer } from '../customers/customer.entity.js';

export const INVOICE_STATUSES = ['draft', 'sent', 'paid'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** What one tenant asks a customer to pay. */
@Entity({ name: 'invoices' })
@IndexReference('customerId')
export class Invoice extends TenantEntity {
  /** Two tenants may both have a number 1, and a deleted invoice does not hold its number back. */
  @UniqueActive()
  @Column({ type: 'text' })
  number!: string;

  /** Text, because a JavaScript number loses cents. */
  @Column({ type: 'numeric', precision: 12, scale: 2 })
  total!: string;

  @Column({ type: 'text', default: 'draft' })
  status!: InvoiceStatus;

  @TenantManyToOne(() => Customer, { nullable: false })
  customer!: Customer;

  @Column({ name: 'customer_id', type: 'uuid' })
  customerId!: string;
}
