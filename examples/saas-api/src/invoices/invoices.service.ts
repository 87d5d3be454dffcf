import { Injectable } from '@nestjs/common';
import {
  InjectTenantRepository,
  type KeysetPage,
  type KeysetPageOptions,
  type TenantRepository,
} from 'nestjs-rowguard';
import type { InvoiceChange } from './invoice.change.js';
import { Invoice } from './invoice.entity.js';
import type { InvoiceInput } from './invoice.input.js';

/** Not a word about tenants: the repository acts for the one of the request in hand. */
@Injectable()
export class InvoicesService {
  constructor(
    @InjectTenantRepository(Invoice) private readonly invoices: TenantRepository<Invoice>,
  ) {}

  page(options: KeysetPageOptions<Invoice>): Promise<KeysetPage<Invoice>> {
    return this.invoices.findPage(options);
  }

  get(id: string): Promise<Invoice> {
    return this.invoices.getById(id);
  }

  create(input: InvoiceInput): Promise<Invoice> {
    return this.invoices.save(this.invoices.create({ ...input }));
  }

  change(id: string, change: InvoiceChange): Promise<Invoice> {
    return this.invoices.transaction(async () => {
      const invoice = await this.invoices.getById(id);
      return this.invoices.save(this.invoices.merge(invoice, { ...change }));
    });
  }

  /** Soft: the row stays, and its number is free again. */
  async remove(id: string): Promise<void> {
    await this.invoices.transaction(async () => {
      await this.invoices.softRemove(await this.invoices.getById(id));
    });
  }
}
