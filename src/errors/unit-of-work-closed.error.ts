import { DatabaseError } from './database.error.js';

/** A connection was used after its unit of work had given it back. */
export class UnitOfWorkClosedError extends DatabaseError {
  readonly code = 'ROWGUARD_UNIT_CLOSED';
}
