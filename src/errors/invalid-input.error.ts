import { DatabaseError } from './database.error.js';

/** A value, a column or a number of values that PostgreSQL cannot take. */
export class InvalidInputError extends DatabaseError {
  readonly code = 'ROWGUARD_INPUT_INVALID';
}
