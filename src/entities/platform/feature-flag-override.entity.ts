import { Entity, Index, JoinColumn, ManyToOne, type Relation } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { IdColumn, FlagColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { FeatureFlag } from './feature-flag.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const OVERRIDE_OF_TENANT = '"deleted_at" IS NULL AND "member_id" IS NULL';
export const OVERRIDE_OF_MEMBER = '"deleted_at" IS NULL AND "member_id" IS NOT NULL';

/** What one tenant, or one of its people, has instead of what the flag says. */
@Audited()
@Entity({ name: 'feature_flag_overrides' })
@Index(['tenantId', 'flagId'], { unique: true, where: OVERRIDE_OF_TENANT })
@Index(['tenantId', 'flagId', 'memberId'], { unique: true, where: OVERRIDE_OF_MEMBER })
@IndexReference('memberId')
@Index(['flagId'])
export class FeatureFlagOverride extends TenantEntity {
  @SoftDelete('ignore')
  @ManyToOne(() => FeatureFlag, (flag: FeatureFlag) => flag.overrides, {
    nullable: false,
    onDelete: 'RESTRICT',
  })
  @JoinColumn({ name: 'flag_id', referencedColumnName: 'id' })
  flag!: Relation<FeatureFlag>;

  @IdColumn()
  flagId!: string;

  /** Without: for the whole tenant. */
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: true, onDelete: 'RESTRICT' })
  member!: Membership | null;

  memberId!: string | null;

  @FlagColumn(true)
  enabled!: boolean;
}
