import { Entity, type Relation } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Artifact } from './artifact.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** What somebody says about an artifact, or in answer to another comment. */
@Audited()
@Entity({ name: 'artifact_comments' })
@IndexReference('artifactId', 'parentId', 'id')
@IndexReference('parentId', 'id')
@IndexReference('authorId')
@IndexReference('resolverId')
export class ArtifactComment extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Artifact, { nullable: false, onDelete: 'RESTRICT' })
  artifact!: Artifact;

  artifactId!: string;

  /** The comment that this one answers; null begins a thread. */
  @SoftDelete('cascade')
  @TenantManyToOne(() => ArtifactComment, { nullable: true, onDelete: 'RESTRICT' })
  parent!: Relation<ArtifactComment> | null;

  parentId!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  author!: Membership;

  authorId!: string;

  @TextColumn({ max: 20_000 })
  body!: string;

  @TimeColumn({ nullable: true })
  resolvedAt!: Date | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: true, onDelete: 'RESTRICT' })
  resolver!: Membership | null;

  resolverId!: string | null;
}
