import { DatabaseError } from './database.error.js';

/** Work that needs a tenant was asked for where no tenant is known. Nothing was sent. */
export class TenantContextMissingError extends DatabaseError {
  readonly code = 'ROWGUARD_TENANT_MISSING';
}
