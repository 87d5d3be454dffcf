import type { ParsedStatement } from './parsed-statement.js';
import { ParserLoader } from './reading/parser-loader.js';
import { readStatements } from './reading/read-statements.js';
import type { SqlParser } from './reading/sql-parser.js';

const loader = new ParserLoader();

/** The statements of a text, and after each those that are hidden in it; never throws on bad SQL. */
export async function parseSql(sql: string): Promise<ParsedStatement[]> {
  return readStatements(await loadParser(), sql);
}

export function loadParser(): Promise<SqlParser> {
  return loader.load();
}
