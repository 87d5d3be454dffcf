import { PartialType } from '@nestjs/swagger';
import { InvoiceInput } from './invoice.input.js';

export class InvoiceChange extends PartialType(InvoiceInput, { skipNullProperties: false }) {}
