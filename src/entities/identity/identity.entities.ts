import { Account } from './account.entity.js';
import { ApiKey } from './api-key.entity.js';
import { Membership } from './membership.entity.js';
import { Role } from './role.entity.js';
import { Session } from './session.entity.js';
import { Tenant } from './tenant.entity.js';
import { UserRole } from './user-role.entity.js';
import { User } from './user.entity.js';
import { VerificationToken } from './verification-token.entity.js';
import { Workspace } from './workspace.entity.js';

export const IDENTITY_ENTITIES: readonly Function[] = [
  Tenant,
  User,
  Membership,
  Workspace,
  Role,
  UserRole,
  Account,
  Session,
  VerificationToken,
  ApiKey,
];
