import {
  type DataSource,
  EntityNotFoundError,
  OptimisticLockVersionMismatchError,
  QueryFailedError,
} from 'typeorm';
import { explained } from '../connection/explained-error.js';
import { DatabaseError } from '../errors/database.error.js';
import { RowNotFoundError } from '../errors/row-not-found.error.js';
import { VersionConflictError } from '../errors/version-conflict.error.js';

/** Whose data source it was is not known here, so that constraints are known by their name alone. */
const NO_ENTITIES = { entityMetadatas: [] } as unknown as DataSource;

/** Our error for one of TypeORM that did not come through our data source; undefined for a mistake. */
export function ofTypeOrm(error: Error): DatabaseError | undefined {
  if (error instanceof DatabaseError) return error;
  if (error instanceof EntityNotFoundError) {
    return new RowNotFoundError({
      problem: 'There is no such row',
      mend: 'Ask for one that is there',
      cause: error,
    });
  }
  if (error instanceof OptimisticLockVersionMismatchError) {
    return new VersionConflictError({
      problem: 'The row was changed since it was read',
      mend: 'Read it again, and make the change anew',
      cause: error,
    });
  }
  const known = error instanceof QueryFailedError ? explained(error, NO_ENTITIES) : undefined;
  return known instanceof DatabaseError ? known : undefined;
}
