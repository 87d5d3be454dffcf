import type { DataSource } from 'typeorm';
import {
  InvoiceRepository,
  PaymentMethodRepository,
  PaymentRepository,
  PlanRepository,
  type NewRow,
  type SubscriptionPlan,
  SubscriptionRepository,
  TenantContext,
} from 'nestjs-rowguard';

/** The repositories of the billing domain, and rows that only lack what a test is about. */
export class BillingDesk {
  private count = 0;
  readonly plans: PlanRepository;
  readonly subscriptions: SubscriptionRepository;
  readonly invoices: InvoiceRepository;
  readonly methods: PaymentMethodRepository;
  readonly payments: PaymentRepository;

  constructor(readonly source: DataSource) {
    this.plans = new PlanRepository(source);
    this.subscriptions = new SubscriptionRepository(source);
    this.invoices = new InvoiceRepository(source);
    this.methods = new PaymentMethodRepository(source);
    this.payments = new PaymentRepository(source);
  }

  /** An active plan; system work writes it. */
  plan(changes: NewRow<SubscriptionPlan> = {}): Promise<SubscriptionPlan> {
    return TenantContext.runAsSystem('the price list', () =>
      this.plans.create({
        code: this.name('plan'),
        name: 'Pro',
        price: '29.00',
        state: 'active',
        ...(changes as object),
      }),
    );
  }

  /** An issued invoice of one line. */
  async issued(total = '100.00') {
    const { id } = await this.invoices.createDraft({ currency: 'EUR' }, [
      { description: 'Seats', unitPrice: total },
    ]);
    return this.invoices.finalize(id);
  }

  name(prefix: string): string {
    return `${prefix}-${++this.count}`;
  }
}
