import { speaksOfNoConnection } from './no-connection.js';

/** What is read of an error, whoever threw it. */
const FIELDS = [
  'code',
  'message',
  'severity',
  'constraint',
  'detail',
  'table',
  'column',
  'driverError',
  'cause',
  'errors',
] as const;

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
/** Its own code since PostgreSQL 18, where the foreign key says RESTRICT. */
const RESTRICT_VIOLATION = '23001';
const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';
const EXCLUSION_VIOLATION = '23P01';
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK = '40P01';
const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';

/** With a digit, to tell it from the codes of the operating system, such as EPIPE. */
const SQLSTATE = /^(?!E)(?=.*\d)[0-9A-Z]{5}$/;
const OURS = /^ROWGUARD_(?:DATABASE_UNAVAILABLE|CONNECTION_LOST|OUTCOME_UNKNOWN)$/;
const MOST_VISITED = 30;

type Fields = Partial<Record<(typeof FIELDS)[number], unknown>>;

/**
 * The error, then what it was made from: `driverError` (TypeORM), `cause` (ours and everybody's),
 * `errors` (several addresses of one host, Promise.any). The nearest first, and each once.
 */
function* chain(error: unknown): Generator<Fields> {
  const queue: unknown[] = [error];
  const seen = new Set<unknown>();
  while (queue.length > 0 && seen.size < MOST_VISITED) {
    const current = queue.shift();
    if (typeof current !== 'object' || current === null || seen.has(current)) continue;
    seen.add(current);
    const fields = fieldsOf(current);
    yield fields;
    queue.push(fields.driverError, fields.cause, ...listed(fields.errors));
  }
}

/** What can be read of it: an error of somebody else's may have accessors that fail. */
function fieldsOf(one: object): Fields {
  const fields: Fields = {};
  for (const name of FIELDS) {
    try {
      fields[name] = (one as Fields)[name];
    } catch {
      // It has none that anybody could look at.
    }
  }
  return fields;
}

function listed(errors: unknown): readonly unknown[] {
  try {
    return Array.isArray(errors) ? (errors.slice(0, MOST_VISITED) as unknown[]) : [];
  } catch {
    return [];
  }
}

function driverFacts(error: unknown): Fields | undefined {
  for (const one of chain(error)) {
    if (typeof one.code === 'string' && SQLSTATE.test(one.code)) return one;
  }
  return undefined;
}

function fact(error: unknown, name: keyof Fields): string | undefined {
  const value = driverFacts(error)?.[name];
  return typeof value === 'string' ? value : undefined;
}

export function getSqlState(error: unknown): string | undefined {
  return fact(error, 'code');
}

export function isUniqueViolation(error: unknown): boolean {
  return getSqlState(error) === UNIQUE_VIOLATION;
}

export function isForeignKeyViolation(error: unknown): boolean {
  const state = getSqlState(error);
  return state === FOREIGN_KEY_VIOLATION || state === RESTRICT_VIOLATION;
}

export function isNotNullViolation(error: unknown): boolean {
  return getSqlState(error) === NOT_NULL_VIOLATION;
}

export function isCheckViolation(error: unknown): boolean {
  return getSqlState(error) === CHECK_VIOLATION;
}

export function isExclusionViolation(error: unknown): boolean {
  return getSqlState(error) === EXCLUSION_VIOLATION;
}

/** REPEATABLE READ or SERIALIZABLE met a change of another transaction: run the whole of it again. */
export function isSerializationFailure(error: unknown): boolean {
  return getSqlState(error) === SERIALIZATION_FAILURE;
}

export function isDeadlock(error: unknown): boolean {
  return getSqlState(error) === DEADLOCK;
}

/** Also of NOWAIT, which waits for nothing. */
export function isLockTimeout(error: unknown): boolean {
  return getSqlState(error) === LOCK_NOT_AVAILABLE;
}

/** Also where somebody cancelled the statement: the server has one code for both. */
export function isStatementTimeout(error: unknown): boolean {
  return getSqlState(error) === QUERY_CANCELED;
}

/** The connection could not be made, or is gone. What was under way may have been done or not. */
export function isConnectionError(error: unknown): boolean {
  for (const one of chain(error)) {
    const code = typeof one.code === 'string' ? one.code : '';
    if (OURS.test(code) || speaksOfNoConnection(one)) return true;
    // A statement that was answered: whatever it was made from, the connection was there.
    if (SQLSTATE.test(code)) return false;
  }
  return false;
}

/** The violated constraint. Under row-level security PostgreSQL may hold back the detail, never this. */
export function getConstraintName(error: unknown): string | undefined {
  return fact(error, 'constraint');
}

/** May quote values: for logs that may hold them, not for the outside. */
export function getErrorDetail(error: unknown): string | undefined {
  return fact(error, 'detail');
}

export function getTableName(error: unknown): string | undefined {
  return fact(error, 'table');
}

export function getColumnName(error: unknown): string | undefined {
  return fact(error, 'column');
}
