import { DatabaseError } from './database.error.js';

/** One statement changes more rows of an audited table than the application can remember. */
export class AuditBulkLimitError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_BULK_LIMIT';
}
