import { DatabaseError } from './database.error.js';

/** The file that should hold the data source is not there, does not load, or holds another thing. */
export class DataSourceFileError extends DatabaseError {
  readonly code = 'ROWGUARD_DATA_SOURCE_FILE';
}
