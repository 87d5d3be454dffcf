import { DatabaseError, type DatabaseErrorDetails } from './database.error.js';

/** Which constraint of which table, as far as PostgreSQL and the entities tell. Never a value. */
export interface ViolatedConstraint {
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  /** The properties that it speaks of; none where no entity knows the constraint. */
  readonly properties: readonly string[];
  /** What it is there for, in words. */
  readonly meaning: string;
}

/**
 * The database refused a row. What PostgreSQL says of it may quote values, so it is in the cause
 * alone.
 */
export abstract class ConstraintViolatedError extends DatabaseError implements ViolatedConstraint {
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly properties: readonly string[];
  readonly meaning: string;

  constructor(violated: ViolatedConstraint, details: DatabaseErrorDetails) {
    const { constraint, table, properties, meaning } = violated;
    super({ ...details, given: { constraint, table, properties } });
    this.constraint = constraint;
    this.table = table;
    this.properties = properties;
    this.meaning = meaning;
  }
}
