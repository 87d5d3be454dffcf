import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A row that breaks a rule which the database holds. */
export class CheckViolationError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_CHECK_VIOLATION';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Change the values so that they keep the rule',
      cause,
    });
  }
}
