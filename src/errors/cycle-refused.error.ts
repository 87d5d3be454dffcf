import { DatabaseError } from './database.error.js';

/** A relationship would close a circle where its kind allows none. */
export class CycleRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_CYCLE_REFUSED';
}
