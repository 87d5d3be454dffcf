import { InvoiceLineItem } from './invoice-line-item.entity.js';
import { Invoice } from './invoice.entity.js';
import { PaymentMethod } from './payment-method.entity.js';
import { PaymentTransaction } from './payment-transaction.entity.js';
import { SubscriptionPlan } from './subscription-plan.entity.js';
import { Subscription } from './subscription.entity.js';

export const BILLING_ENTITIES: readonly Function[] = [
  SubscriptionPlan,
  Subscription,
  Invoice,
  InvoiceLineItem,
  PaymentMethod,
  PaymentTransaction,
];
