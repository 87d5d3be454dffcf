import { ConnectionLostError } from './connection-lost.error.js';

/** The connection was lost while a change was being made for good: only a look tells what became of it. */
export class OutcomeUnknownError extends ConnectionLostError {
  override readonly code = 'ROWGUARD_OUTCOME_UNKNOWN';
  override readonly outcome = 'unknown';
}
