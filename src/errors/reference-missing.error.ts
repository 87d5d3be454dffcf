import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A reference to a row that is not there, or that is not the tenant's: both read alike. */
export class ReferenceMissingError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_REFERENCE_MISSING';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Write the row that is referred to first, or name one that is there',
      cause,
    });
  }
}
