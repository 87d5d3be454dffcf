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
