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
export {
  Workspace,
  WORKSPACE_STATES,
  type WorkspaceState,
} from './entities/identity/workspace.entity.js';
export { EVERY_PERMISSION, Role } from './entities/identity/role.entity.js';
export { UserRole } from './entities/identity/user-role.entity.js';
export { Account } from './entities/identity/account.entity.js';
export { Session } from './entities/identity/session.entity.js';
export { VerificationToken } from './entities/identity/verification-token.entity.js';
export { ApiKey } from './entities/identity/api-key.entity.js';
export { type NewTenant, TenantsRepository } from './repositories/identity/tenants.repository.js';
export { UserRepository } from './repositories/identity/user.repository.js';
export {
  type Invitation,
  MembershipRepository,
} from './repositories/identity/membership.repository.js';
export { WorkspaceRepository } from './repositories/identity/workspace.repository.js';
export { type RolePlace, RoleRepository } from './repositories/identity/role.repository.js';
export {
  ApiKeyRepository,
  type IssuedApiKey,
  type NewApiKey,
} from './repositories/identity/api-key.repository.js';
export {
  type PurgedLogins,
  SessionRepository,
} from './repositories/identity/session.repository.js';
export {
  PASSWORD_COST,
  type PasswordCost,
  PasswordHasher,
} from './repositories/identity/password-hasher.js';

// studies
export { Study, STUDY_STATES, type StudyState } from './entities/studies/study.entity.js';
export { Job, JOB_STATUSES, type JobStatus } from './entities/studies/job.entity.js';
export { Result, RESULT_STATUSES, type ResultStatus } from './entities/studies/result.entity.js';
export { Evidence } from './entities/studies/evidence.entity.js';
export { Checkpoint } from './entities/studies/checkpoint.entity.js';
export { StudyRepository } from './repositories/studies/study.repository.js';
export type { ProgressReport, StudyProgress } from './repositories/studies/study-progress.js';
export { JobRepository } from './repositories/studies/job.repository.js';
export type { JobManifest, ManifestEntry } from './repositories/studies/job-manifest.js';
export type { JobOutcome } from './repositories/studies/job-outcome.js';
export { ResultRepository } from './repositories/studies/result.repository.js';
export type { StudyStats } from './repositories/studies/study-stats.js';
export { EvidenceRepository } from './repositories/studies/evidence.repository.js';
export type { NewEvidence } from './repositories/studies/evidence-input.js';
export {
  CheckpointRepository,
  type ResumeOptions,
  type ResumedStudy,
} from './repositories/studies/checkpoint.repository.js';

// projects
export { Project } from './entities/projects/project.entity.js';
export {
  Agent,
  AGENT_STATUSES,
  type AgentLogEntry,
  type AgentStatus,
} from './entities/projects/agent.entity.js';
export { Activity } from './entities/projects/activity.entity.js';
export {
  type ProjectIncludes,
  ProjectRepository,
} from './repositories/projects/project.repository.js';
export { AgentRepository } from './repositories/projects/agent.repository.js';
export { ActivityRepository } from './repositories/projects/activity.repository.js';
export {
  DatabaseService,
  type DeleteOptions,
  type NewUser,
} from './repositories/projects/database.service.js';
export type {
  ChangingTable,
  DatabaseTransaction,
  TransactionTable,
} from './repositories/projects/transaction-tables.js';

// costs, of studies and of projects
export { CostRecord } from './entities/costs/cost-record.entity.js';
export { CostRepository } from './repositories/costs/cost.repository.js';
export type { NewCost } from './repositories/costs/cost-input.js';
export type { CostFilter, CostTotal, MoneyByCurrency } from './repositories/costs/cost-totals.js';

// conversations
export {
  Conversation,
  CONVERSATION_STATES,
  type ConversationState,
} from './entities/conversations/conversation.entity.js';
export {
  Message,
  MESSAGE_ROLES,
  type MessageRole,
} from './entities/conversations/message.entity.js';
export { MessageAttachment } from './entities/conversations/message-attachment.entity.js';
export {
  ConversationRepository,
  type ConversationPageOptions,
} from './repositories/conversations/conversation.repository.js';
export {
  MessageRepository,
  type MessagePageOptions,
  type NewAttachment,
  type NewMessage,
} from './repositories/conversations/message.repository.js';

// artifacts
export {
  ARTIFACT_KINDS,
  Artifact,
  type ArtifactKind,
} from './entities/artifacts/artifact.entity.js';
export {
  type ArtifactContent,
  ArtifactVersion,
} from './entities/artifacts/artifact-version.entity.js';
export { ArtifactCollection } from './entities/artifacts/artifact-collection.entity.js';
export { ArtifactCollectionItem } from './entities/artifacts/artifact-collection-item.entity.js';
export { ArtifactComment } from './entities/artifacts/artifact-comment.entity.js';
export {
  ACYCLIC_RELATIONSHIP_KINDS,
  ArtifactRelationship,
  RELATIONSHIP_KINDS,
  type RelationshipKind,
} from './entities/artifacts/artifact-relationship.entity.js';
export {
  ArtifactRepository,
  type NewArtifact,
  type NewVersion,
  type VersionAuthor,
} from './repositories/artifacts/artifact.repository.js';
export { CollectionRepository } from './repositories/artifacts/collection.repository.js';
export {
  CommentRepository,
  type CommentText,
  type ThreadedComment,
} from './repositories/artifacts/comment.repository.js';
export {
  type RelatedArtifact,
  RelationshipRepository,
  type WalkOptions,
} from './repositories/artifacts/relationship.repository.js';

// tools
export { TOOL_STATES, Tool, type ToolState } from './entities/tools/tool.entity.js';
export {
  EXECUTION_STATUSES,
  type ExecutionStatus,
  ToolExecution,
} from './entities/tools/tool-execution.entity.js';
export {
  PERMISSION_EFFECTS,
  PERMISSION_SUBJECTS,
  type PermissionEffect,
  type PermissionSubject,
  ToolPermission,
} from './entities/tools/tool-permission.entity.js';
export {
  LIMIT_PERIODS,
  type LimitPeriod,
  ToolUsageLimit,
} from './entities/tools/tool-usage-limit.entity.js';
export { type ToolDefinition, ToolRepository } from './repositories/tools/tool.repository.js';
export {
  type RolesOfPerson,
  ToolPermissionRepository,
  type ToolSubject,
} from './repositories/tools/tool-permission.repository.js';
export {
  type LimitUsage,
  ToolUsageRepository,
  type UsageLimit,
} from './repositories/tools/tool-usage.repository.js';
export type {
  ExecutionChoice,
  ExecutionSpan,
  ExecutionStats,
} from './repositories/tools/execution-stats.js';
export {
  type NewExecution,
  ToolExecutionRepository,
} from './repositories/tools/tool-execution.repository.js';
export { type ToolCall, ToolRunner, type ToolWork } from './repositories/tools/tool-runner.js';

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
export {
  AuditLog,
  AUDIT_ACTORS,
  AUDIT_OPERATIONS,
  AUDIT_SOURCES,
  type AuditActor,
  type AuditDiff,
  type AuditOperation,
  type AuditSource,
} from './entities/audit/audit-log.entity.js';
export {
  AUDIT_SEAL_KINDS,
  AuditSeal,
  type AuditSealKind,
} from './entities/audit/audit-seal.entity.js';
export { RetentionHold } from './entities/retention/retention-hold.entity.js';
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
export { Audit, type AuditSubject } from './audit/audit.js';
export type {
  AuditChange,
  AuditChangeActor,
  AuditChanges,
  AuditPage,
  AuditPageOptions,
  ValueChange,
} from './audit/history/audit-change.js';
export { AuditHistory } from './audit/history/audit-history.js';
export type { AuditKey } from './audit/history/audited-table.js';
export type { RevertOptions } from './audit/history/change-revert.js';
export type { AuditMoment } from './audit/history/line-of-life.js';
export type { AuditQuestion } from './audit/history/log-question.js';
export type { RowAsOf } from './audit/history/row-as-of.js';
export { AuditPartitions } from './audit/audit-partitions.js';
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
export { ConversationMemory } from './entities/memory/conversation-memory.entity.js';
export { MemoryRepository, type FoundMemory, type NewMemory } from './memory/memory.repository.js';
export type {
  Distance as VectorDistance,
  MemorySearchOptions,
  SearchMode,
} from './memory/memory-search.js';
export type { Vector } from './memory/vector.js';

// of all domains
export { schema } from './schema-tables.js';
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
