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

// of all domains
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
