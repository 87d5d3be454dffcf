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

// content

// platform
export {
  AuditLog,
  AUDIT_OPERATIONS,
  AUDIT_SOURCES,
  type AuditDiff,
  type AuditOperation,
  type AuditSource,
} from './entities/platform/audit-log.entity.js';
export { AuditSeal } from './entities/platform/audit-seal.entity.js';
export { DailyUsage } from './entities/platform/daily-usage.view.js';
export { FeatureFlag } from './entities/platform/feature-flag.entity.js';
export { FeatureFlagOverride } from './entities/platform/feature-flag-override.entity.js';
export { Notification } from './entities/platform/notification.entity.js';
export { SeederHistory } from './entities/platform/seeder-history.entity.js';
export { UsageEvent } from './entities/platform/usage-event.entity.js';
export { Webhook, WEBHOOK_STATES, type WebhookState } from './entities/platform/webhook.entity.js';
export {
  DELIVERY_STATUSES,
  type DeliveryStatus,
  WebhookDelivery,
} from './entities/platform/webhook-delivery.entity.js';
export {
  AuditLogRepository,
  type AuditQuestion,
} from './repositories/platform/audit-log.repository.js';
export {
  FeatureFlagRepository,
  type FlagDefinition,
  type FlagSubject,
} from './repositories/platform/feature-flag.repository.js';
export {
  type NotificationMessage,
  NotificationRepository,
} from './repositories/platform/notification.repository.js';
export {
  type DailyUsageFilter,
  UsageRepository,
} from './repositories/platform/usage.repository.js';
export {
  type DueDeliveries,
  type RecordedDelivery,
  WebhookDeliveryRepository,
} from './repositories/platform/webhook-delivery.repository.js';
export {
  type NewWebhook,
  type WebhookSubscription,
  WebhookRepository,
} from './repositories/platform/webhook.repository.js';
export {
  type ReceivedWebhook,
  type SignedWebhook,
  signWebhook,
  verifyWebhook,
} from './repositories/platform/webhook-signature.js';

// memory

// of all domains
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
