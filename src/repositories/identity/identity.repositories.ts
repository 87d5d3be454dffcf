import type { RepositoryClass } from '../domain.repository.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { MembershipRepository } from './membership.repository.js';
import { RoleRepository } from './role.repository.js';
import { SessionRepository } from './session.repository.js';
import { TenantsRepository } from './tenants.repository.js';
import { UserRepository } from './user.repository.js';
import { WorkspaceRepository } from './workspace.repository.js';

export const IDENTITY_REPOSITORIES: readonly RepositoryClass[] = [
  TenantsRepository,
  UserRepository,
  MembershipRepository,
  WorkspaceRepository,
  RoleRepository,
  ApiKeyRepository,
  SessionRepository,
];
