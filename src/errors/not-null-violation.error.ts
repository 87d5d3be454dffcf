import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A value that is needed, and was not given. */
export class NotNullViolationError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_NOT_NULL_VIOLATION';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Give the value',
      cause,
    });
  }
}
