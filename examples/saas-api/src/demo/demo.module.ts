import { Module } from '@nestjs/common';
import { CustomersModule } from '../customers/customers.module.js';
import { InvoicesModule } from '../invoices/invoices.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { DemoData } from './demo-data.js';

@Module({
  imports: [TenantsModule, CustomersModule, InvoicesModule],
  providers: [DemoData],
})
export class DemoModule {}
