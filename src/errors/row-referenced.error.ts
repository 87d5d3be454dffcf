import { ConstraintViolatedError, type ViolatedConstraint } from './constraint-violated.error.js';

/** A row that is to go, or to change its key, and that others still refer to. */
export class RowReferencedError extends ConstraintViolatedError {
  readonly code = 'ROWGUARD_ROW_REFERENCED';

  /** `told`: where it was not the database that refused. */
  constructor(
    violated: ViolatedConstraint,
    cause: unknown,
    told: { readonly problem?: string; readonly mend?: string } = {},
  ) {
    super(violated, {
      problem: `The database refused the write: ${violated.meaning}`,
      mend: 'Delete the rows that refer to it first, or delete it softly',
      ...told,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
