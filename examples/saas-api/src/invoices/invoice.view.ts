import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { KeysetPage } from 'nestjs-rowguard';
import { INVOICE_STATUSES, type Invoice, type InvoiceStatus } from './invoice.entity.js';

/** An invoice as the API shows it. */
export class InvoiceView {
  @ApiProperty({ format: 'uuid' })
  readonly id: string;

  @ApiProperty({ example: 'INV-1001' })
  readonly number: string;

  @ApiProperty({ example: '129.90' })
  readonly total: string;

  @ApiProperty({ enum: INVOICE_STATUSES })
  readonly status: InvoiceStatus;

  @ApiProperty({ format: 'uuid' })
  readonly customerId: string;

  @ApiProperty({ format: 'date-time', type: String })
  readonly createdAt: Date;

  constructor(invoice: Invoice) {
    this.id = invoice.id;
    this.number = invoice.number;
    this.total = invoice.total;
    this.status = invoice.status;
    this.customerId = invoice.customerId;
    this.createdAt = invoice.createdAt;
  }
}

export class InvoicePageView {
  @ApiProperty({ type: [InvoiceView] })
  readonly items: InvoiceView[];

  @ApiPropertyOptional({ type: String, description: 'Pass it as `after` for the next page' })
  readonly next: string | undefined;

  constructor(page: KeysetPage<Invoice>) {
    this.items = page.items.map((invoice) => new InvoiceView(invoice));
    this.next = page.next;
  }
}
