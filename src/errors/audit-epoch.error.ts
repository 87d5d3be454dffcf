import { DatabaseError } from './database.error.js';

/** The database counts its transactions anew, as after a restore; the audit log has to begin an epoch. */
export class AuditEpochError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_EPOCH';
}
