import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A row that another row excludes, such as an overlapping time. */
export class ExclusionViolationError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_EXCLUSION_VIOLATION';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Choose values that no other row excludes',
      cause,
    });
  }
}
