import type { EntityMetadata } from 'typeorm';
import type { RelationMetadata } from 'typeorm/metadata/RelationMetadata.js';
import { type ReferencePolicy, referencePolicies } from '../entities/soft-delete.decorator.js';
import { softDeleteMark } from '../entities/soft-delete.decorator.js';

/** A reference between two tables, and what deleting one end of it means for the other. */
export interface OwnerReference {
  readonly child: EntityMetadata;
  readonly owner: EntityMetadata;
  /** The relation of the child. */
  readonly property: string;
  readonly policy: ReferencePolicy;
  /** Each column of the child with the one of the owner that it repeats. */
  readonly columns: readonly { readonly own: string; readonly owned: string }[];
  /** TypeORM itself deletes the loaded rows of the other side. */
  readonly isCascadedByTypeOrm: boolean;
  /** The foreign key holds the owner as soon as a row names it, and not only when all is committed. */
  readonly isHeldAtOnce: boolean;
}

/** The entity can take part in an act: its rows remember by which one they were deleted. */
export function isDeletable(metadata: EntityMetadata): boolean {
  return (
    metadata.deleteDateColumn !== undefined &&
    metadata.tableType !== 'view' &&
    metadata.findColumnWithPropertyName('deleteBatch') !== undefined
  );
}

/** The references of an entity to rows that can be deleted softly. */
export function referencesOf(child: EntityMetadata): OwnerReference[] {
  const said = referencePolicies(child.target);
  return namingRelations(child)
    .filter(({ inverseEntityMetadata }) => isDeletable(inverseEntityMetadata))
    .map((relation) => ({
      child,
      owner: relation.inverseEntityMetadata,
      property: relation.propertyPath,
      policy: said.get(relation.propertyName) ?? impliedPolicy(child, relation),
      columns: relation.joinColumns.map(({ databaseName, referencedColumn }) => ({
        own: databaseName,
        owned: referencedColumn?.databaseName ?? databaseName,
      })),
      isCascadedByTypeOrm: relation.inverseRelation?.isCascadeSoftRemove === true,
      isHeldAtOnce: relation.createForeignKeyConstraints && relation.deferrable === undefined,
    }));
}

/** The relations whose columns are in the table of the entity itself. */
export function namingRelations(metadata: EntityMetadata): RelationMetadata[] {
  return [...metadata.manyToOneRelations, ...metadata.oneToOneRelations].filter(
    (relation) => relation.isOwning,
  );
}

/** What the foreign key does when the owner goes for good is what is meant when it goes softly. */
function impliedPolicy(child: EntityMetadata, { onDelete }: RelationMetadata): ReferencePolicy {
  if (onDelete === 'RESTRICT') return 'restrict';
  if (onDelete === 'SET NULL') return 'setNull';
  if (onDelete !== 'CASCADE') return 'ignore';
  if (!isDeletable(child)) return 'ignore';
  return softDeleteMark(child.target)?.policy === 'forbid' ? 'restrict' : 'cascade';
}
