import { DatabaseError } from './database.error.js';
import { getSqlState } from './violations.js';

/** `none`: nothing was changed. `unknown`: the server may have done it, and its answer got lost. */
export type LostOutcome = 'none' | 'unknown';

type LostCode = 'ROWGUARD_CONNECTION_LOST' | 'ROWGUARD_OUTCOME_UNKNOWN';

/** The connection to the database was lost, or could not be made. */
export class ConnectionLostError extends DatabaseError {
  readonly code = 'ROWGUARD_CONNECTION_LOST' as LostCode;
  readonly outcome: LostOutcome = 'none';

  constructor(problem: string, mend: string, cause: unknown) {
    super({ problem, mend, cause, given: givenOf(cause) });
  }
}

function givenOf(cause: unknown): Readonly<Record<string, unknown>> {
  const sqlState = getSqlState(cause);
  return sqlState === undefined ? {} : { sqlState };
}
