import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { IndexReference } from '../index-reference.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Artifact } from './artifact.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** Those that may form no circle: nothing can depend on itself, or be older than itself. */
export const ACYCLIC_RELATIONSHIP_KINDS = ['depends_on', 'derived_from', 'supersedes'] as const;

export const RELATIONSHIP_KINDS = [
  ...ACYCLIC_RELATIONSHIP_KINDS,
  'references',
  'relates_to',
] as const;
export type RelationshipKind = (typeof RELATIONSHIP_KINDS)[number];

/** One artifact to another: `from` depends on `to`, is derived from it, and so on. */
@Audited()
@Entity({ name: 'artifact_relationships' })
@IndexReference('fromId')
@UniqueActive('fromId', 'kind', 'toId')
@IndexReference('toId', 'kind', 'fromId')
@Rule('an artifact has no relationship to itself', '"from_id" <> "to_id"')
export class ArtifactRelationship extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Artifact, { nullable: false, onDelete: 'RESTRICT' })
  from!: Artifact;

  fromId!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Artifact, { nullable: false, onDelete: 'RESTRICT' })
  to!: Artifact;

  toId!: string;

  @ChoiceColumn(RELATIONSHIP_KINDS)
  kind!: RelationshipKind;
}
