import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexActive } from '../index-active.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const ARTIFACT_KINDS = ['document', 'code', 'image', 'dataset', 'other'] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** Something that was made, and is made again: its content is in its versions. */
@Audited()
@Entity({ name: 'artifacts' })
@IndexActive('kind', 'id')
@IndexReference('creatorId', 'id')
export class Artifact extends TenantEntity {
  @TextColumn({ max: 300 })
  name!: string;

  @ChoiceColumn(ARTIFACT_KINDS)
  kind!: ArtifactKind;

  @TextColumn({ max: 5_000, nullable: true })
  description!: string | null;

  /** The number of the newest version; adding one counts it up. 0: it has none yet. */
  @CountColumn({ default: 0 })
  currentVersion!: number;

  @JsonColumn()
  metadata!: Record<string, unknown>;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  creator!: Membership;

  creatorId!: string;
}
