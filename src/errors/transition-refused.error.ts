import { DatabaseError } from './database.error.js';

/** A row is not in a state from which the wanted one can be reached. */
export class TransitionRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_TRANSITION_REFUSED';
}
