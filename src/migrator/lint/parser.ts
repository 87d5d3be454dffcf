import { ParserMissingError } from '../../errors/parser-missing.error.js';
import type { ParsedStatement } from './parsed-statement.js';
import { readStatements } from './reading/read-statements.js';
import type { SqlParser } from './reading/sql-parser.js';

let loading: Promise<SqlParser> | undefined;

/** The statements of a text, and after each those that are hidden in it; never throws on bad SQL. */
export async function parseSql(sql: string): Promise<ParsedStatement[]> {
  return readStatements(await loadParser(), sql);
}

/** Half a second and two megabytes, so that only those pay who have a migration to judge. */
export function loadParser(
  load: () => Promise<unknown> = () => import('libpg-query'),
): Promise<SqlParser> {
  loading ??= start(load).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(load: () => Promise<unknown>): Promise<SqlParser> {
  const loaded = (await load().catch((cause: unknown) => {
    throw missing(cause);
  })) as SqlParser;
  await loaded.loadModule();
  return loaded;
}

function missing(cause: unknown): ParserMissingError {
  return new ParserMissingError({
    problem: 'The parser that migrations are judged with cannot be loaded',
    mend: 'Run npm i libpg-query, or install without --omit=optional where migrations run',
    cause,
  });
}
