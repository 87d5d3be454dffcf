import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A row that is to go, or to change its key, and that others still refer to. */
export class RowReferencedError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_ROW_REFERENCED';

  constructor(violated: ViolatedConstraint, cause: unknown) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Delete the rows that refer to it first, or delete it softly',
      cause,
    });
  }
}
