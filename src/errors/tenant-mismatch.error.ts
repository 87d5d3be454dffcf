import { DatabaseError } from './database.error.js';

/** Two sources disagree on the tenant: the context, the unit of work, the statement or the row. */
export class TenantMismatchError extends DatabaseError {
  readonly code = 'ROWGUARD_TENANT_MISMATCH';
}
