import { DatabaseError } from './database.error.js';

/** The database did not take it from the connection whom a statement acts for. */
export class BindingRefusedError extends DatabaseError {
  readonly code = 'ROWGUARD_BINDING_REFUSED';
}
