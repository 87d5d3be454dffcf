import { DatabaseError } from './database.error.js';

/** The database would not enforce isolation as it stands. */
export class AttestationError extends DatabaseError {
  readonly code = 'ROWGUARD_ATTESTATION_FAILED';
}
