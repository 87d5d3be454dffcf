import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { CountColumn } from '../columns/number.column.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { ArtifactCollection } from './artifact-collection.entity.js';
import { Artifact } from './artifact.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** The place of an artifact in a collection. */
@Audited()
@Entity({ name: 'artifact_collection_items' })
@UniqueActive('collectionId', 'artifactId')
@IndexReference('collectionId', 'position', 'id')
@IndexReference('artifactId')
export class ArtifactCollectionItem extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => ArtifactCollection, { nullable: false, onDelete: 'RESTRICT' })
  collection!: ArtifactCollection;

  collectionId!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Artifact, { nullable: false, onDelete: 'RESTRICT' })
  artifact!: Artifact;

  artifactId!: string;

  /** Orders the items; removing one leaves a gap. */
  @CountColumn({ min: 1 })
  position!: number;
}
