import { DatabaseError } from './database.error.js';

/** An audited row was to be changed in the work of a tenant that names nobody. Nothing was changed. */
export class AuditActorMissingError extends DatabaseError {
  readonly code = 'ROWGUARD_AUDIT_ACTOR_MISSING';
}
