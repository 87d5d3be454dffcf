import { DatabaseError } from './database.error.js';

/** The person may not do this, by the permissions of the tenant. */
export class AccessDeniedError extends DatabaseError {
  readonly code = 'ROWGUARD_ACCESS_DENIED';
}
