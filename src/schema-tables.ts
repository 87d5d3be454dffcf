import { ArtifactCollectionItem } from './entities/artifacts/artifact-collection-item.entity.js';
import { ArtifactCollection } from './entities/artifacts/artifact-collection.entity.js';
import { ArtifactComment } from './entities/artifacts/artifact-comment.entity.js';
import { ArtifactRelationship } from './entities/artifacts/artifact-relationship.entity.js';
import { ArtifactVersion } from './entities/artifacts/artifact-version.entity.js';
import { Artifact } from './entities/artifacts/artifact.entity.js';
import { InvoiceLineItem } from './entities/billing/invoice-line-item.entity.js';
import { Invoice } from './entities/billing/invoice.entity.js';
import { PaymentMethod } from './entities/billing/payment-method.entity.js';
import { PaymentTransaction } from './entities/billing/payment-transaction.entity.js';
import { SubscriptionPlan } from './entities/billing/subscription-plan.entity.js';
import { Subscription } from './entities/billing/subscription.entity.js';
import { Content } from './entities/content/content.entity.js';
import { MediaItem } from './entities/content/media-item.entity.js';
import { Organization } from './entities/content/organization.entity.js';
import { Conversation } from './entities/conversations/conversation.entity.js';
import { MessageAttachment } from './entities/conversations/message-attachment.entity.js';
import { Message } from './entities/conversations/message.entity.js';
import { CostRecord } from './entities/costs/cost-record.entity.js';
import { Account } from './entities/identity/account.entity.js';
import { ApiKey } from './entities/identity/api-key.entity.js';
import { Membership } from './entities/identity/membership.entity.js';
import { Role } from './entities/identity/role.entity.js';
import { Session } from './entities/identity/session.entity.js';
import { Tenant } from './entities/identity/tenant.entity.js';
import { UserRole } from './entities/identity/user-role.entity.js';
import { User } from './entities/identity/user.entity.js';
import { VerificationToken } from './entities/identity/verification-token.entity.js';
import { Workspace } from './entities/identity/workspace.entity.js';
import { ConversationMemory } from './entities/memory/conversation-memory.entity.js';
import { AuditLog } from './entities/audit/audit-log.entity.js';
import { AuditSeal } from './entities/audit/audit-seal.entity.js';
import { DailyUsage } from './entities/platform/daily-usage.view.js';
import { FeatureFlagOverride } from './entities/platform/feature-flag-override.entity.js';
import { FeatureFlag } from './entities/platform/feature-flag.entity.js';
import { Notification } from './entities/platform/notification.entity.js';
import { SeederHistory } from './entities/platform/seeder-history.entity.js';
import { UsageEvent } from './entities/platform/usage-event.entity.js';
import { WebhookDelivery } from './entities/platform/webhook-delivery.entity.js';
import { Webhook } from './entities/platform/webhook.entity.js';
import { Activity } from './entities/projects/activity.entity.js';
import { Agent } from './entities/projects/agent.entity.js';
import { Project } from './entities/projects/project.entity.js';
import { RetentionHold } from './entities/retention/retention-hold.entity.js';
import { Checkpoint } from './entities/studies/checkpoint.entity.js';
import { Evidence } from './entities/studies/evidence.entity.js';
import { Job } from './entities/studies/job.entity.js';
import { Result } from './entities/studies/result.entity.js';
import { Study } from './entities/studies/study.entity.js';
import { ToolExecution } from './entities/tools/tool-execution.entity.js';
import { ToolPermission } from './entities/tools/tool-permission.entity.js';
import { ToolUsageLimit } from './entities/tools/tool-usage-limit.entity.js';
import { Tool } from './entities/tools/tool.entity.js';

/**
 * Every table of the shipped schema, with the class of its rows: `schema.mediaItems` is that of
 * `media_items`.
 */
export const schema = {
  tenants: Tenant,
  users: User,
  memberships: Membership,
  workspaces: Workspace,
  roles: Role,
  userRoles: UserRole,
  accounts: Account,
  sessions: Session,
  verificationTokens: VerificationToken,
  apiKeys: ApiKey,
  studies: Study,
  jobs: Job,
  results: Result,
  evidence: Evidence,
  checkpoints: Checkpoint,
  projects: Project,
  agents: Agent,
  activities: Activity,
  costRecords: CostRecord,
  conversations: Conversation,
  messages: Message,
  messageAttachments: MessageAttachment,
  artifacts: Artifact,
  artifactVersions: ArtifactVersion,
  artifactCollections: ArtifactCollection,
  artifactCollectionItems: ArtifactCollectionItem,
  artifactComments: ArtifactComment,
  artifactRelationships: ArtifactRelationship,
  tools: Tool,
  toolPermissions: ToolPermission,
  toolUsageLimits: ToolUsageLimit,
  toolExecutions: ToolExecution,
  subscriptionPlans: SubscriptionPlan,
  subscriptions: Subscription,
  invoices: Invoice,
  invoiceLineItems: InvoiceLineItem,
  paymentMethods: PaymentMethod,
  paymentTransactions: PaymentTransaction,
  organizations: Organization,
  mediaItems: MediaItem,
  content: Content,
  auditLogs: AuditLog,
  auditSeals: AuditSeal,
  retentionHolds: RetentionHold,
  featureFlags: FeatureFlag,
  featureFlagOverrides: FeatureFlagOverride,
  webhooks: Webhook,
  webhookDeliveries: WebhookDelivery,
  notifications: Notification,
  usageEvents: UsageEvent,
  dailyUsage: DailyUsage,
  seederHistory: SeederHistory,
  conversationMemory: ConversationMemory,
} as const;
