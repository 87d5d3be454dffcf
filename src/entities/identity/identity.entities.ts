import { Membership } from './membership.entity.js';
import { Tenant } from './tenant.entity.js';
import { User } from './user.entity.js';

export const IDENTITY_ENTITIES: readonly Function[] = [Tenant, User, Membership];
