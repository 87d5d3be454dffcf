import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Tool } from './tool.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const PERMISSION_SUBJECTS = ['everyone', 'role', 'member'] as const;
export type PermissionSubject = (typeof PERMISSION_SUBJECTS)[number];

export const PERMISSION_EFFECTS = ['allow', 'deny'] as const;
export type PermissionEffect = (typeof PERMISSION_EFFECTS)[number];

/** Who may call a tool, or may not: everyone of the tenant, whoever has a role, or one member. */
@Audited()
@Entity({ name: 'tool_permissions' })
@Index(['tenantId', 'toolId'], {
  unique: true,
  where: `"deleted_at" IS NULL AND "subject_kind" = 'everyone'`,
})
@IndexReference('toolId')
@UniqueActive('toolId', 'roleName')
@UniqueActive('toolId', 'memberId')
@IndexReference('memberId')
@Rule(
  'a permission names the role or the member that it is for, and nothing else',
  `("role_name" IS NOT NULL) = ("subject_kind" = 'role') AND ("member_id" IS NOT NULL) = ("subject_kind" = 'member')`,
)
export class ToolPermission extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Tool, { nullable: false, onDelete: 'RESTRICT' })
  tool!: Tool;

  toolId!: string;

  @ChoiceColumn(PERMISSION_SUBJECTS)
  subjectKind!: PermissionSubject;

  @TextColumn({ min: 1, max: 120, nullable: true })
  roleName!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: true, onDelete: 'RESTRICT' })
  member!: Membership | null;

  memberId!: string | null;

  @ChoiceColumn(PERMISSION_EFFECTS)
  effect!: PermissionEffect;
}
