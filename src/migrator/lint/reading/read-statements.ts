import type { RawStmt } from 'libpg-query';
import type { ParsedStatement, Place } from '../parsed-statement.js';
import { charOffsets } from './byte-positions.js';
import { constantText } from './constant-text.js';
import { bodyOf, routineOf } from './routine-body.js';
import { type PlpgsqlPart, partsOfPlpgsql } from './plpgsql-parts.js';
import { findAll } from './sql-nodes.js';
import type { SqlParser } from './sql-parser.js';

const DEEPEST = 8;
const SKIPPED = /^(?:\s+|--[^\r\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)/;
/** Statements in which others may stand as nodes. */
const HOLDS_OTHERS =
  /^(?:Select|Insert|Update|Delete|Merge|Explain|Prepare|Rule|CreateSchema|CreateTableAs|CreateFunction|Copy|DeclareCursor|View)Stmt$/;
const HELD = /^(?!Select).*Stmt$/;

interface Text {
  readonly sql: string;
  readonly place: Place;
  /** Where it begins in the text that was given first. */
  readonly start: number;
  /** The same for every statement of a hidden text, and undefined for the outermost. */
  readonly index?: number;
  readonly depth: number;
}

export function readStatements(parser: SqlParser, sql: string): ParsedStatement[] {
  return [...statementsOf(parser, { sql, place: 'sent', start: 0, depth: 0 })];
}

function* statementsOf(parser: SqlParser, text: Text): Generator<ParsedStatement> {
  if (isEmpty(text.sql)) return;
  if (text.sql.includes('\0')) {
    // The parser would take it for the end, and say nothing of the rest.
    yield unreadable(text, new Error('it holds a NUL'));
    return;
  }
  let raw: readonly RawStmt[];
  try {
    raw = parser.parseSync(text.sql).stmts ?? [];
  } catch (error) {
    yield unreadable(text, error);
    return;
  }
  const charAt = charOffsets(text.sql);
  for (const [at, statement] of raw.entries()) {
    const from = charAt(statement.stmt_location ?? 0);
    const to = statement.stmt_len
      ? charAt((statement.stmt_location ?? 0) + statement.stmt_len)
      : text.sql.length;
    const [kind, node] = Object.entries(statement.stmt ?? {})[0] as [string, object];
    const start = from + leadingNoise(text.sql.slice(from, to));
    const parsed: ParsedStatement = {
      kind,
      node: node as Readonly<Record<string, unknown>>,
      sql: text.sql.slice(start, to).trimEnd(),
      place: text.place,
      index: text.index ?? at,
      start: text.start + start,
      offsetOf: (location) => text.start + charAt(location),
    };
    yield parsed;
    if (HOLDS_OTHERS.test(kind)) yield* heldBy(parsed);
    yield* hiddenIn(parser, parsed, text.depth);
  }
}

/** The statements of WITH, EXPLAIN, a rule, a standard SQL body: nodes without a text of their own. */
function* heldBy(statement: ParsedStatement): Generator<ParsedStatement> {
  const place = statement.kind === 'CreateFunctionStmt' ? 'function' : statement.place;
  for (const { key, node } of findAll(statement.node, (name) => HELD.test(name))) {
    yield { ...statement, kind: key, node, place };
  }
}

function* hiddenIn(
  parser: SqlParser,
  statement: ParsedStatement,
  depth: number,
): Generator<ParsedStatement> {
  const routine = routineOf(statement);
  if (!routine) return;
  const { body, language, place } = routine;
  const { index } = statement;
  const text = (sql: string, start: number): Text => ({
    sql,
    place,
    start,
    index,
    depth: depth + 1,
  });
  const at = bodyOf(statement, body);
  if (depth >= DEEPEST) yield dynamic(statement, 'SQL within SQL, too deep to follow', place);
  else if (language === 'sql') yield* statementsOf(parser, text(body, at));
  else if (language === 'plpgsql') {
    const parts = partsOfPlpgsql(parser, statement.sql);
    if (parts instanceof Error) yield unreadable({ ...text(body, at) }, parts);
    else for (const part of parts) yield* partOf(parser, part, statement, text, place);
  } else if (language !== 'c' && language !== 'internal') {
    yield dynamic(statement, `a body in ${language}`, place);
  }
}

function* partOf(
  parser: SqlParser,
  part: PlpgsqlPart,
  statement: ParsedStatement,
  text: (sql: string, start: number) => Text,
  place: Place,
): Generator<ParsedStatement> {
  const found = statement.sql.indexOf(part.sql.trim());
  const start = statement.start + Math.max(found, 0);
  if (!part.isExpression) {
    yield* statementsOf(parser, text(part.sql.trimStart(), start));
    return;
  }
  const constant = constantText(parser, part.sql);
  if (constant === undefined) yield { ...dynamic(statement, part.sql, place), start };
  else yield* statementsOf(parser, text(constant, start));
}

function unreadable(text: Text, error: unknown): ParsedStatement {
  const message = error instanceof Error ? error.message : String(error);
  const location = (error as { sqlDetails?: { cursorPosition?: number } }).sqlDetails
    ?.cursorPosition;
  return {
    kind: 'Unreadable',
    node: { message, ...(location === undefined ? {} : { location }) },
    sql: text.sql.trim(),
    place: text.place,
    index: text.index ?? 0,
    start: text.start,
    offsetOf: (at) => text.start + at,
  };
}

function dynamic(statement: ParsedStatement, expression: string, place: Place): ParsedStatement {
  return { ...statement, kind: 'Dynamic', node: { expression: expression.trim() }, place };
}

function isEmpty(sql: string): boolean {
  return leadingNoise(sql) === sql.length;
}

/** How far the spaces and comments before a statement go. */
function leadingNoise(sql: string): number {
  let at = 0;
  for (;;) {
    const noise = SKIPPED.exec(sql.slice(at));
    if (!noise) return at;
    at += noise[0].length;
  }
}
