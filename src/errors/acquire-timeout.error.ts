import { DatabaseError } from './database.error.js';

/** No connection became free in time. */
export class AcquireTimeoutError extends DatabaseError {
  readonly code = 'ROWGUARD_ACQUIRE_TIMEOUT';
}
