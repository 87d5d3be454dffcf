import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** Artifacts that belong together, in an order. */
@Audited()
@Entity({ name: 'artifact_collections' })
@IndexReference('creatorId')
export class ArtifactCollection extends TenantEntity {
  @UniqueActive()
  @TextColumn({ max: 200 })
  name!: string;

  @TextColumn({ max: 5_000, nullable: true })
  description!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  creator!: Membership;

  creatorId!: string;
}
