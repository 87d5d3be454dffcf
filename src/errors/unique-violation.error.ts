import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A value, or several together, that another row has already. */
export class UniqueViolationError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_UNIQUE_VIOLATION';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Choose another value, or write with upsert where the row may be there already',
      cause,
    });
  }
}
