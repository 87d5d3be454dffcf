import { DatabaseError } from './database.error.js';

/** An entity breaks a rule that isolation depends on. */
export class EntityRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_ENTITY_REFUSED';
}
