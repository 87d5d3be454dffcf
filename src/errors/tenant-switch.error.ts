import { DatabaseError } from './database.error.js';

/** Another tenant was asked for in the middle of a transaction. */
export class TenantSwitchError extends DatabaseError {
  readonly code = 'ROWGUARD_TENANT_SWITCH';
}
