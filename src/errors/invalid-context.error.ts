import { DatabaseError } from './database.error.js';

/** A context was opened with a tenant, actor, request id or reason that cannot be used. */
export class InvalidContextError extends DatabaseError {
  readonly code = 'ROWGUARD_CONTEXT_INVALID';
}
