import type { EntityManager, EntityMetadata, UpdateResult } from 'typeorm';
import type { TenantSoftDeleteQueryBuilder } from './tenant-soft-delete-query-builder.js';

export interface ActOptions {
  /** Why the rows are deleted; kept with each of them. */
  readonly reason?: string | undefined;
  /** Also restores the deleted rows that those asked for cannot live without. */
  readonly withParents?: boolean | undefined;
}

/** The parts of a statement that a builder knows. */
export interface StatementParts {
  readonly table: string;
  /** What was asked for, and the rows of the tenant in hand only; in brackets. */
  readonly condition: string;
  /** A condition as it follows the assignments of an update. */
  readonly where: (condition: string) => string;
  /** With the word, or nothing. */
  readonly returning: string;
}

/** Makes the text of a statement about the rows that a builder was asked for. */
export type StatementForm = (parts: StatementParts) => string;

/** Knows what goes with a row that is deleted softly, and what comes back with it. */
export interface DeleteActs {
  /** Everything that any soft delete or restore of TypeORM does ends here. */
  execute(builder: TenantSoftDeleteQueryBuilder<never>): Promise<UpdateResult>;
  /** Makes one act of what TypeORM deletes or restores entity by entity. */
  together<T>(
    manager: EntityManager,
    targets: readonly EntityMetadata[],
    work: () => Promise<T>,
  ): Promise<T>;
}
