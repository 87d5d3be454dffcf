import { Entity, Index, JoinColumn, ManyToOne, type Relation } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { IndexActive } from '../index-active.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { Tenant } from './tenant.entity.js';
import { User } from './user.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const MEMBERSHIP_KINDS = ['owner', 'admin', 'member', 'guest'] as const;
export type MembershipKind = (typeof MEMBERSHIP_KINDS)[number];

export const MEMBERSHIP_STATES = ['invited', 'active', 'suspended'] as const;
export type MembershipState = (typeof MEMBERSHIP_STATES)[number];

/**
 * A person of a tenant. Its id is the id of the user: one membership a person, and what refers to a
 * person of the tenant refers to it.
 */
@Audited()
@Entity({ name: 'memberships' })
@IndexActive('state')
@Index('ix_memberships_id', ['id'])
export class Membership extends TenantEntity {
  @SoftDelete('ignore')
  @ManyToOne(() => Tenant, { onDelete: 'RESTRICT', createForeignKeyConstraints: true })
  @JoinColumn({ name: 'tenant_id', referencedColumnName: 'id' })
  tenant!: Relation<Tenant>;

  @SoftDelete('cascade')
  @ManyToOne(() => User, (user: User) => user.memberships, { onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'id', referencedColumnName: 'id' })
  user!: Relation<User>;

  @ChoiceColumn(MEMBERSHIP_KINDS, { default: 'member' })
  kind!: MembershipKind;

  @ChoiceColumn(MEMBERSHIP_STATES, { default: 'active' })
  state!: MembershipState;

  /** The address as the tenant wrote it: until the person accepts, all that the tenant sees. */
  @TextColumn({ max: 320, nullable: true, format: 'email' })
  invitedEmail!: string | null;
}
