import { DatabaseError } from './database.error.js';

/** The optional package that reads migrations is not installed. */
export class ParserMissingError extends DatabaseError {
  readonly code = 'ROWGUARD_PARSER_MISSING';
}
