import { DatabaseError } from './database.error.js';

/** The server has run out of something: disk, memory, slots. */
export class ServerExhaustedError extends DatabaseError {
  readonly code = 'ROWGUARD_SERVER_EXHAUSTED';
}
