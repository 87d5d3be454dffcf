import { readSql } from './sql-text.js';

/** What a statement is, read from its first words. */
export type StatementKind =
  /** Begins, ends or divides a transaction; touches no row, so nothing needs to be bound. */
  | 'control'
  /** Reads or writes rows; needs a bound tenant. */
  | 'data'
  /** Cannot run in a transaction block, and so not in a Sync group either. */
  | 'standalone'
  /** Anything else: schema, session settings, procedural code. */
  | 'other';

export interface StatementReading {
  readonly kind: StatementKind;
  /** Ends the transaction: what comes after it is not part of it. */
  readonly ends: boolean;
  /** Ends it by keeping what it did. */
  readonly commits: boolean;
  /** Why tenants may not send it; undefined if they may. */
  readonly refusal: string | undefined;
}

const LEADING_NOISE = /^[\s(;]+/;

const MODE =
  '(?:isolation\\s+level\\s+(?:serializable|repeatable\\s+read|read\\s+(?:un)?committed)|read\\s+write|read\\s+only|(?:not\\s+)?deferrable)';
const MODES = `(?:(?:\\s*,\\s*|\\s+)${MODE})`;
const NAME = '(?:[a-z_]\\w*|"[^"]+")';
const WORK = '(?:\\s+(?:work|transaction))?';
/** From the first word to the last: nothing that could touch a row may hide behind such a word. */
const CONTROL = new RegExp(
  `^(?:${[
    `begin${WORK}${MODES}*`,
    `start\\s+transaction${MODES}*`,
    `(?:commit|end|rollback|abort)${WORK}(?:\\s+and\\s+(?:no\\s+)?chain)?`,
    `rollback${WORK}\\s+to(?:\\s+savepoint)?\\s+${NAME}`,
    `savepoint\\s+${NAME}`,
    `release(?:\\s+savepoint)?\\s+${NAME}`,
    `set\\s+transaction${MODES}+`,
    `set\\s+constraints\\s+(?:all|${NAME}(?:\\s*,\\s*${NAME})*)\\s+(?:deferred|immediate)`,
  ].join('|')})\\s*;?\\s*$`,
  'i',
);
const ENDS = /^(?:commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i;
const COMMITS = /^(?:commit|end)\b/i;
const LONGEST_CONTROL = 400;
const DATA =
  /^(?:select|insert|update|delete|merge|with|values|table|show|lock|call|declare|fetch|move|close|set\s+local)\b/i;
const EXPLAIN = /^explain\b(?:\s*\([^()]*\)|(?:\s+(?:analyze|verbose))*)[\s(]*/i;
const EXPLAINABLE = /^(?:select|insert|update|delete|merge|with|values|table)\b/i;
const STANDALONE =
  /^(?:vacuum|create\s+(?:unique\s+)?index\s+concurrently|drop\s+index\s+concurrently|reindex\b(?:[^;]*\bconcurrently\b)|(?:create|drop)\s+(?:database|tablespace)|alter\s+system|alter\s+table\b[^;]*\bdetach\s+partition\b[^;]*\bconcurrently|cluster\s*$)/i;

const SET_CONFIG = /set_config/gi;
/** The only form that is let through: a plain literal that names the setting, for the transaction. */
const PLAIN_SET_CONFIG =
  /^set_config\s*\(\s*'([a-z_][a-z0-9_.]*)'\s*,\s*(?:'(?:[^'\\]|'')*'|\$\d+)(?:::\w+)?\s*,\s*true\s*\)/i;
const RESERVED_SETTING =
  /^(?:rowguard\..*|role|session_authorization|row_security|standard_conforming_strings)$/i;
const RESERVED_LOCAL =
  /\bset\s+local\s+"?(?:rowguard\b|role\b|session\b|row_security\b|authorization\b|standard_conforming_strings\b)/i;
const RESERVED_SET =
  /\b(?:set|reset)\s+(?:session\s+)?(?:"?rowguard\b|"?role\b|session\s+authorization|"?session_authorization\b|"?row_security\b|authorization\b|all\b)/i;
/** Functions that run text as SQL, which cannot be read here; by name, since calls can be disguised. */
const RUNS_TEXT =
  /\b(?:query_to_xml\w*|cursor_to_xml\w*|ts_stat|ts_rewrite|dblink\w*|xpath_table|crosstab\w*|connectby)\b/i;
const WRITES_SETTINGS_VIEW = /\bpg_settings\b/i;
const ESCAPED_IDENTIFIER = /\bu&\s*"/i;
const OUTLIVES_TRANSACTION = /\bwith\s+hold\b/i;
const INTO_TEMPORARY = /\binto\s+(?:local\s+|global\s+)?temp(?:orary)?\b|\bpg_temp/i;
const SESSION_LOCK = /\bpg_(?:try_)?advisory_lock(?:_shared)?"?\s*\(/i;

/** Views and functions that show the statements of others on the same login or connection. */
const SHOWS_OTHERS =
  /\bpg_(?:stat_activity|stat_statements|stat_get_activity|stat_get_backend_activity|prepared_statements?|prepared_xacts|cursors?)\b/i;

/** Reads a statement once; callers cache the answer by its text. */
export function readStatement(text: string): StatementReading {
  const statement = readSql(text).withoutComments.replace(LEADING_NOISE, '');
  const kind = kindOf(statement);
  const ends = kind === 'control' && ENDS.test(statement);
  const commits = ends && COMMITS.test(statement);
  return { kind, ends, commits, refusal: refusalFor(kind, statement) };
}

function kindOf(statement: string): StatementKind {
  if (statement.length <= LONGEST_CONTROL && CONTROL.test(statement)) return 'control';
  const explain = EXPLAIN.exec(statement);
  if (explain) return EXPLAINABLE.test(statement.slice(explain[0].length)) ? 'data' : 'other';
  if (DATA.test(statement)) return 'data';
  return STANDALONE.test(statement) ? 'standalone' : 'other';
}

function refusalFor(kind: StatementKind, statement: string): string | undefined {
  if (kind === 'standalone')
    return 'it cannot run in a transaction, and so cannot be bound to a tenant';
  if (kind === 'other') {
    return `"${firstWord(statement)}" changes the schema or the session, or runs code that cannot be read`;
  }
  return reservedSettingIn(statement) ?? lastingEffect(statement) ?? tellsOfOthers(statement);
}

/** Also asked for system work: whoever may cross tenants may still not forge whom it acts for. */
export function reservedSetting(text: string): string | undefined {
  return reservedSettingIn(readSql(text).withoutComments);
}

function reservedSettingIn(text: string): string | undefined {
  if (ESCAPED_IDENTIFIER.test(text)) return 'it hides an identifier behind Unicode escapes';
  if (RESERVED_LOCAL.test(text) || RESERVED_SET.test(text)) {
    return 'it sets or resets a reserved setting';
  }
  if (/^[\s(;]*discard\b/i.test(text)) return 'it discards the session';
  if (WRITES_SETTINGS_VIEW.test(text) && /\b(?:update|merge)\b/i.test(text)) {
    return 'it writes settings through pg_settings';
  }
  if (RUNS_TEXT.test(text)) return 'it calls a function that runs text as SQL';
  for (const match of text.matchAll(SET_CONFIG)) {
    const setting = PLAIN_SET_CONFIG.exec(text.slice(match.index))?.[1];
    if (setting === undefined) {
      return 'it calls set_config in a form that cannot be read, or for longer than the transaction';
    }
    if (RESERVED_SETTING.test(setting)) return `it sets the reserved setting ${setting}`;
  }
  return undefined;
}

function lastingEffect(statement: string): string | undefined {
  if (/^declare\b/i.test(statement) && OUTLIVES_TRANSACTION.test(statement)) {
    return 'a cursor WITH HOLD outlives its transaction';
  }
  if (INTO_TEMPORARY.test(statement)) return 'a temporary table outlives its request';
  return SESSION_LOCK.test(statement)
    ? 'a session-level advisory lock outlives its request'
    : undefined;
}

function tellsOfOthers(statement: string): string | undefined {
  return SHOWS_OTHERS.test(statement)
    ? 'it reads what other sessions, or others on this connection, have sent'
    : undefined;
}

function firstWord(statement: string): string {
  return (/^\w+/.exec(statement)?.[0] ?? '?').toUpperCase().slice(0, 20);
}
