import { ApiKey } from '../../entities/identity/api-key.entity.js';
import { Membership } from '../../entities/identity/membership.entity.js';
import { UserRole } from '../../entities/identity/user-role.entity.js';
import { Project } from '../../entities/projects/project.entity.js';
import { PROJECT_DEPENDENTS } from '../projects/project-dependents.js';
import type { Dependents } from '../soft-delete-act.js';

/** What goes when a person leaves a tenant, and comes back when the act is undone. */
export const MEMBER_DEPENDENTS: readonly Dependents[] = [
  { entity: UserRole, reference: 'userId' },
  { entity: ApiKey, reference: 'userId' },
  { entity: Project, reference: 'userId', dependents: PROJECT_DEPENDENTS },
];

/** What goes with a person: every membership, and what goes with each. */
export const USER_DEPENDENTS: readonly Dependents[] = [
  { entity: Membership, reference: 'id', dependents: MEMBER_DEPENDENTS },
];
