import { DatabaseError } from './database.error.js';

/** The audit log does not hold what would have to be known to answer. */
export class AuditGapError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_GAP';
}
