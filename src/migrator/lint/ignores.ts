import type { ParsedStatement } from './parsed-statement.js';
import { charOffsets } from './reading/byte-positions.js';
import { bodyOf, routineOf } from './reading/routine-body.js';
import type { SqlParser } from './reading/sql-parser.js';

/** `db-ignore B01: reason`, as a comment says it. */
export interface IgnoreComment {
  readonly rule: string;
  readonly reason: string;
  /** Which of the statements that are sent together it is about. */
  readonly index: number;
  readonly start: number;
}

interface Comment {
  readonly text: string;
  readonly start: number;
}

const WORD = 'db-ignore';
const FORM = /\bdb-ignore\s+([A-Za-z]\w*(?:\s*,\s*[A-Za-z]\w*)*)\s*(?::([^\r\n]*))?/;

/** The ignores of a text that is sent at once, also those inside of a DO block. */
export function ignoreComments(
  parser: SqlParser,
  sql: string,
  statements: readonly ParsedStatement[],
): readonly IgnoreComment[] {
  if (!sql.includes(WORD)) return [];
  const bodies = statements.flatMap((statement) => {
    const routine = routineOf(statement);
    return routine ? commentsOf(parser, routine.body, bodyOf(statement, routine.body)) : [];
  });
  return [...commentsOf(parser, sql, 0), ...bodies].flatMap(({ text, start }) => {
    const found = FORM.exec(text);
    if (!found) return [];
    const reason = (found[2] ?? '').replace(/\*\/\s*$/, '').trim();
    const index = statementAt(sql, statements, start);
    const rules = (found[1] ?? '').split(',').map((rule) => rule.trim());
    return rules.map((rule) => ({ rule, reason, index, start }));
  });
}

function commentsOf(parser: SqlParser, sql: string, base: number): readonly Comment[] {
  try {
    const charAt = charOffsets(sql);
    return parser
      .scanSync(sql)
      .tokens.filter(({ tokenName }) => tokenName.endsWith('COMMENT'))
      .map(({ start, end }) => ({
        text: sql.slice(charAt(start), charAt(end)),
        start: base + charAt(start),
      }));
  } catch {
    // Such a text is reported as unreadable.
    return [];
  }
}

/** The statement around a comment, else the one that ends on its line, else the next one. */
function statementAt(sql: string, statements: readonly ParsedStatement[], at: number): number {
  const sent = statements.filter(({ place }) => place === 'sent');
  const before = sent.findLast(({ start }) => start <= at);
  if (before) {
    const end = before.start + before.sql.length;
    if (at < end || !sql.slice(end, at).includes('\n')) return before.index;
  }
  return (sent.find(({ start }) => start > at) ?? before)?.index ?? 0;
}
