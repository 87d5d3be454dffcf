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

// content

// platform

// memory

// of all domains
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
