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

// projects

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

// tools

// billing

// content

// platform

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
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
