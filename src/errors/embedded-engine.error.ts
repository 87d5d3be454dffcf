import { DatabaseError } from './database.error.js';

/** The embedded engine cannot start, or cannot do what was asked with its single session. */
export class EmbeddedEngineError extends DatabaseError {
  readonly code = 'ROWGUARD_EMBEDDED_ENGINE';
}
