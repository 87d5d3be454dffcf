import { readSql } from './sql-text.js';

/** A table that a statement writes to, as the statement names it. */
export interface WrittenTable {
  readonly schema: string | undefined;
  readonly table: string;
  readonly empties: boolean;
}

const TOKEN = /"(?:[^"]|"")*"|[\w$\u0080-\uffff]+|[^\s]/g;
const NAME = /^(?:"|[a-z_\u0080-\uffff])/i;
/** UPDATE after one of these locks rows, or belongs to another command that names the table itself. */
const NO_COMMAND = ['for', 'key', 'do', 'on', 'then'];

/**
 * The tables that a statement names as those it writes to, wherever in it. What hides in a function,
 * a view or a text that is run as SQL cannot be seen here; of a DO block the body is read as well.
 */
export function writtenTables(text: string): WrittenTable[] {
  const { withoutComments, withoutLiterals } = readSql(text);
  const isBlock = /^[\s(;]*do\b/i.test(withoutComments);
  const tokens = (isBlock ? withoutComments : withoutLiterals).match(TOKEN) ?? [];
  const words = tokens.map((token) => token.toLowerCase());
  if (words[0] === 'explain' && !words.includes('analyze')) return [];
  return words.flatMap((word, at) => targetsAt(tokens, words, word, at));
}

function targetsAt(
  tokens: readonly string[],
  words: readonly string[],
  word: string,
  at: number,
): WrittenTable[] {
  const before = words[at - 1] ?? '';
  switch (word) {
    case 'into':
      return ['insert', 'merge'].includes(before) ? one(tokens, words, at + 1) : [];
    case 'from':
      return before === 'delete' ? one(tokens, words, at + 1) : [];
    case 'update':
      return NO_COMMAND.includes(before) ? [] : one(tokens, words, at + 1);
    case 'copy':
      return words.includes('from') ? one(tokens, words, at + 1) : [];
    case 'truncate':
      return listed(tokens, words, words[at + 1] === 'table' ? at + 2 : at + 1);
    default:
      return [];
  }
}

function one(tokens: readonly string[], words: readonly string[], at: number): WrittenTable[] {
  const found = nameAt(tokens, words, at, false);
  return found ? [found.table] : [];
}

function listed(tokens: readonly string[], words: readonly string[], at: number): WrittenTable[] {
  const tables: WrittenTable[] = [];
  for (let next = at; ;) {
    const found = nameAt(tokens, words, next, true);
    if (!found) return tables;
    tables.push(found.table);
    const end = [')', '*'].includes(words[found.end] ?? '') ? found.end + 1 : found.end;
    if (words[end] !== ',') return tables;
    next = end + 1;
  }
}

function nameAt(
  tokens: readonly string[],
  words: readonly string[],
  start: number,
  empties: boolean,
): { table: WrittenTable; end: number } | undefined {
  let at = start;
  while (['only', '('].includes(words[at] ?? '')) at++;
  if (!NAME.test(tokens[at] ?? '')) return undefined;
  const path = [nameOf(tokens[at] as string)];
  while (words[at + 1] === '.' && NAME.test(tokens[at + 2] ?? '')) {
    at += 2;
    path.push(nameOf(tokens[at] as string));
  }
  const table = path.at(-1) as string;
  return { table: { schema: path.at(-2), table, empties }, end: at + 1 };
}

/** As PostgreSQL reads a name. */
export function nameOf(written: string): string {
  return written.startsWith('"')
    ? written.slice(1, -1).replaceAll('""', '"')
    : written.toLowerCase();
}
