import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { INVOICE_STATUSES, type InvoiceStatus } from './invoice.entity.js';

/** What a caller may say about a new invoice. The tenant is not among it. */
export class InvoiceInput {
  @ApiProperty({ example: 'INV-2001' })
  @IsString()
  @Length(1, 40)
  number!: string;

  @ApiProperty({ example: '129.90' })
  @Matches(/^\d{1,10}(\.\d{1,2})?$/, { message: 'total has to be an amount such as "129.90"' })
  total!: string;

  @ApiProperty({ format: 'uuid', description: 'One of GET /customers' })
  @IsUUID()
  customerId!: string;

  @ApiPropertyOptional({ enum: INVOICE_STATUSES, default: 'draft' })
  @IsOptional()
  @IsIn(INVOICE_STATUSES)
  status?: InvoiceStatus;
}
