import type { EntityMetadata } from 'typeorm';
import { classOf } from '../entities/entity-classification.js';
import { type DeletePolicy, softDeleteMark } from '../entities/soft-delete.decorator.js';
import { checkPolicies } from './policy-rules.js';
import { type OwnerReference, isDeletable, referencesOf } from './owner-reference.js';

const TABLES: readonly string[] = ['regular', 'entity-child'];

/** What goes with what, read from the entities once. */
export class DeletePlan {
  /** One for each table whose rows can be deleted softly. */
  readonly tables: readonly EntityMetadata[];
  readonly references: readonly OwnerReference[];

  constructor(metadatas: readonly EntityMetadata[]) {
    const entities = metadatas.filter((one) => TABLES.includes(one.tableType));
    for (const metadata of metadatas) checkPolicies(metadata);
    // A class that shares the table of another repeats what that one says.
    this.references = onceBy(entities.flatMap(referencesOf), keyOf);
    this.tables = onceBy(entities.filter(isDeletable), (one) => one.tablePath);
  }

  /** The references to rows of the entity, of these policies. */
  below(owner: EntityMetadata, ...policies: readonly OwnerReference['policy'][]): OwnerReference[] {
    return this.references.filter(
      (one) => isSameTable(one.owner, owner) && policies.includes(one.policy),
    );
  }

  /** The references that a row of the entity cannot live without. */
  above(child: EntityMetadata): OwnerReference[] {
    return this.references.filter((one) => isSameTable(one.child, child) && binds(one));
  }

  /** The references by which a row of the entity goes along with another. */
  carriersOf(child: EntityMetadata): OwnerReference[] {
    return this.references.filter((one) => isSameTable(one.child, child) && carries(one));
  }

  /** Rows of every tenant may hang on those of the entity, of which a tenant reaches its own only. */
  isOwnerForAll(metadata: EntityMetadata): boolean {
    const hanging = this.below(metadata, 'cascade', 'restrict');
    return classOf(metadata) !== 'tenant' && hanging.some((one) => classOf(one.child) === 'tenant');
  }

  /** True if nothing else is touched, or asked, when rows of the entity are deleted. */
  isAlone(metadata: EntityMetadata): boolean {
    return this.below(metadata, 'cascade', 'restrict', 'setNull').length === 0;
  }

  /** The tables in which an act that began at this one may have taken rows, this one first. */
  reach(start: EntityMetadata): EntityMetadata[] {
    const carrying = this.references.filter((one) => isDeletable(one.child) && carries(one));
    const owners = spread([start], (one) =>
      carrying.filter(({ child }) => isSameTable(child, one)).map(({ owner }) => owner),
    );
    return spread(owners, (one) =>
      carrying.filter(({ owner }) => isSameTable(owner, one)).map(({ child }) => child),
    );
  }

  policyOf(metadata: EntityMetadata): DeletePolicy {
    const said = softDeleteMark(metadata.target)?.policy;
    return said ?? (metadata.deleteDateColumn ? 'soft' : 'hard');
  }
}

export function isSameTable(one: EntityMetadata, other: EntityMetadata): boolean {
  return one.tablePath === other.tablePath;
}

/** A living row cannot stand below a deleted one. */
export function binds({ policy }: OwnerReference): boolean {
  return policy === 'cascade' || policy === 'restrict';
}

function carries({ policy, isCascadedByTypeOrm }: OwnerReference): boolean {
  return policy === 'cascade' || isCascadedByTypeOrm;
}

function spread(
  from: readonly EntityMetadata[],
  next: (one: EntityMetadata) => readonly EntityMetadata[],
): EntityMetadata[] {
  const found = [...from];
  for (const one of found) {
    for (const other of next(one)) {
      if (!found.some((known) => isSameTable(known, other))) found.push(other);
    }
  }
  return found;
}

function keyOf({ child, owner, columns }: OwnerReference): string {
  return [child.tablePath, owner.tablePath, ...columns.map((one) => one.own)].join(' ');
}

function onceBy<T>(all: readonly T[], key: (one: T) => string): T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(key(one))) found.set(key(one), one);
  return [...found.values()];
}
