import type { ParseResult, ScanResult } from 'libpg-query';

/** What we use of libpg-query. */
export interface SqlParser {
  loadModule(): Promise<void>;
  parseSync(sql: string): ParseResult;
  parsePlPgSQLSync(sql: string): unknown;
  scanSync(sql: string): ScanResult;
}
