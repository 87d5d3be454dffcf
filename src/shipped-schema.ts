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

// memory

// of all domains
export {
  DomainRepository,
  type NewRow,
  type RowChanges,
} from './repositories/domain.repository.js';
