import { DatabaseError } from './database.error.js';

/** A month of the audit log cannot be dropped: not all of it is sealed, or what is there is not what was sealed. */
export class AuditNotRetiredError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_NOT_RETIRED';
}
