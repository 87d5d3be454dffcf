import { DatabaseError } from './database.error.js';

/** The module was configured with a value that does not fit. */
export class InvalidOptionsError extends DatabaseError {
  readonly code = 'ROWGUARD_OPTIONS_INVALID';
}
