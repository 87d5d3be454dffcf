import type { RepositoryClass } from '../domain.repository.js';
import { InvoiceRepository } from './invoice.repository.js';
import { PaymentMethodRepository } from './payment-method.repository.js';
import { PaymentRepository } from './payment.repository.js';
import { PlanRepository } from './plan.repository.js';
import { SubscriptionRepository } from './subscription.repository.js';

export const BILLING_REPOSITORIES: readonly RepositoryClass[] = [
  PlanRepository,
  SubscriptionRepository,
  InvoiceRepository,
  PaymentMethodRepository,
  PaymentRepository,
];
