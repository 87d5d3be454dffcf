/**
 * The shipped schema, every public name of it written out: entities, repositories, and the words
 * that their columns take. Also to be had as `nestjs-rowguard/schema`.
 */

// identity
export { Tenant, TENANT_STATES, type TenantState } from './entities/identity/tenant.entity.js';
export { User } from './entities/identity/user.entity.js';
export {
  Membership,
  MEMBERSHIP_KINDS,
  MEMBERSHIP_STATES,
  type MembershipKind,
  type MembershipState,
} from './entities/identity/membership.entity.js';

// studies

// projects

// conversations

// artifacts

// tools

// billing
export {
  PLAN_INTERVALS,
  PLAN_STATES,
  type PlanInterval,
  type PlanLimits,
  type PlanState,
  SubscriptionPlan,
} from './entities/billing/subscription-plan.entity.js';
export {
  CURRENT_SUBSCRIPTION_STATES,
  SUBSCRIPTION_STATES,
  Subscription,
  type SubscriptionState,
} from './entities/billing/subscription.entity.js';
export { INVOICE_STATES, Invoice, type InvoiceState } from './entities/billing/invoice.entity.js';
export { InvoiceLineItem } from './entities/billing/invoice-line-item.entity.js';
export {
  PAYMENT_METHOD_KINDS,
  PaymentMethod,
  type PaymentMethodKind,
} from './entities/billing/payment-method.entity.js';
export {
  PAYMENT_KINDS,
  PAYMENT_STATUSES,
  type PaymentKind,
  type PaymentStatus,
  PaymentTransaction,
} from './entities/billing/payment-transaction.entity.js';
export { PlanRepository } from './repositories/billing/plan.repository.js';
export {
  type CancelOptions,
  SubscriptionRepository,
  type SubscriptionStart,
} from './repositories/billing/subscription.repository.js';
export {
  type FinalizeOptions,
  InvoiceRepository,
  type NewInvoice,
} from './repositories/billing/invoice.repository.js';
export type { InvoiceLine } from './repositories/billing/invoice-line.js';
export type { InvoiceTotals, TotalsOptions } from './repositories/billing/invoice-totals.js';
export { PaymentMethodRepository } from './repositories/billing/payment-method.repository.js';
export {
  type PaymentRecord,
  PaymentRepository,
} from './repositories/billing/payment.repository.js';

// content
export { type Branding, Organization } from './entities/content/organization.entity.js';
export {
  MEDIA_STATES,
  MEDIA_TYPES,
  MediaItem,
  type MediaState,
  type MediaType,
} from './entities/content/media-item.entity.js';
export {
  CONTENT_STATES,
  CONTENT_TYPES,
  CONTENT_VISIBILITIES,
  Content,
  type ContentState,
  type ContentType,
  type ContentVisibility,
} from './entities/content/content.entity.js';
export { OrganizationRepository } from './repositories/content/organization.repository.js';
export {
  MediaItemRepository,
  type ReadyMedia,
} from './repositories/content/media-item.repository.js';
export {
  ContentRepository,
  type ContentSearch,
  type PublishedPageOptions,
} from './repositories/content/content.repository.js';
export type { ContentFilter } from './repositories/content/content-search.js';

// platform

// memory

// of all domains
export {
  DATABASE_TRIGGERS,
  type DatabaseTriggerName,
  type TriggerMetadata,
  getAllTriggerNames,
  getTriggerMetadata,
  getTriggersForTable,
} from './schema/trigger-metadata.js';
export * as triggers from './schema/trigger-metadata.js';
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
