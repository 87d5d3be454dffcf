import { DatabaseError } from './database.error.js';

/** A change of an audited row that could not be remembered; it was not made. */
export class AuditRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_REFUSED';
}
