import { DatabaseError } from './database.error.js';

/** The application shuts down: what is in hand may finish, and nothing new begins. */
export class DrainingError extends DatabaseError {
  readonly code = 'ROWGUARD_DRAINING';
}
