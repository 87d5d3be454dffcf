import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Membership } from './membership.entity.js';
import { Role } from './role.entity.js';
import { Workspace } from './workspace.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/**
 * A role that a person holds: everywhere in the tenant, or in one workspace. Two unique indexes,
 * because a missing workspace would be different from every other missing one.
 */
@Audited()
@Entity({ name: 'user_roles' })
@Index('ix_user_roles_everywhere_active', ['tenantId', 'userId', 'roleId'], {
  unique: true,
  where: '"deleted_at" IS NULL AND "workspace_id" IS NULL',
})
@Index('ix_user_roles_workspace_active', ['tenantId', 'userId', 'roleId', 'workspaceId'], {
  unique: true,
  where: '"deleted_at" IS NULL AND "workspace_id" IS NOT NULL',
})
@IndexReference('userId')
@IndexReference('roleId')
@IndexReference('workspaceId')
export class UserRole extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  user!: Membership;

  userId!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Role, { nullable: false, onDelete: 'RESTRICT' })
  role!: Role;

  roleId!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Workspace, { onDelete: 'RESTRICT' })
  workspace!: Workspace | null;

  workspaceId!: string | null;
}
