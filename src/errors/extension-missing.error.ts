import { DatabaseError } from './database.error.js';

/** The server lacks an extension that a part of the schema is made of. */
export class ExtensionMissingError extends DatabaseError {
  readonly code = 'ROWGUARD_EXTENSION_MISSING';
}
