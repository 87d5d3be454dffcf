import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import {
  InjectTenantRepository,
  TenantContext,
  type TenantRepository,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { Customer } from '../customers/customer.entity.js';
import { Invoice } from '../invoices/invoice.entity.js';
import { Tenant } from '../tenants/tenant.entity.js';
import { DEMO_TENANTS, type DemoTenant } from './demo-tenants.js';

/** Writes two tenants on the first start, and leaves them alone ever after. */
@Injectable()
export class DemoData implements OnApplicationBootstrap {
  constructor(
    @InjectTenantRepository(Tenant) private readonly tenants: TenantRepository<Tenant>,
    @InjectTenantRepository(Customer) private readonly customers: TenantRepository<Customer>,
    @InjectTenantRepository(Invoice) private readonly invoices: TenantRepository<Invoice>,
    private readonly context: TenantContext,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const tenant of DEMO_TENANTS) {
      await unlessWrittenMeanwhile(() => this.register(tenant));
      await unlessWrittenMeanwhile(() =>
        TenantContext.run({ tenantId: tenant.id, actorId: 'demo' }, () => this.fill(tenant)),
      );
    }
  }

  private register({ id, slug, name }: DemoTenant): Promise<void> {
    return TenantContext.runAsSystem('register a demo tenant', async () => {
      if (!(await this.tenants.existsBy({ id }))) await this.tenants.insert({ id, slug, name });
    });
  }

  private fill(tenant: DemoTenant): Promise<void> {
    return this.context.transaction(async () => {
      // Deleted ones count: what somebody has deleted does not come back by a restart.
      if (await this.customers.exists({ deleted: 'with' })) return;
      for (const { invoices, ...customer } of tenant.customers) {
        const { id: customerId } = await this.customers.save({ ...customer });
        await this.invoices.insertMany(invoices.map((invoice) => ({ ...invoice, customerId })));
      }
    });
  }
}

/** Two copies of the application may start at once; the second finds the work done. */
async function unlessWrittenMeanwhile(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
}
