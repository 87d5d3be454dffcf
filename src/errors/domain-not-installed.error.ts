import { DatabaseError } from './database.error.js';

/** A part of the shipped schema was used that this database does not have. */
export class DomainNotInstalledError extends DatabaseError {
  readonly code = 'ROWGUARD_DOMAIN_NOT_INSTALLED';
}
