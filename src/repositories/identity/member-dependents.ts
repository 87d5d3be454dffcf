import { ApiKey } from '../../entities/identity/api-key.entity.js';
import { Membership } from '../../entities/identity/membership.entity.js';
import { UserRole } from '../../entities/identity/user-role.entity.js';
import type { Dependents } from '../soft-delete-act.js';

/** What goes when a person leaves a tenant, and comes back when the act is undone. */
export const MEMBER_DEPENDENTS: readonly Dependents[] = [
  { entity: UserRole, reference: 'userId' },
  { entity: ApiKey, reference: 'userId' },
];

/** What goes with a person: every membership, and what goes with each. */
export const USER_DEPENDENTS: readonly Dependents[] = [
  { entity: Membership, reference: 'id', dependents: MEMBER_DEPENDENTS },
];
