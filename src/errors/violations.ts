/** What PostgreSQL tells of a failed statement; found on raw, TypeORM and Rowguard errors alike. */
interface DriverFacts {
  readonly code?: string;
  readonly constraint?: string;
  readonly detail?: string;
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
/** Its own code since PostgreSQL 18, where the foreign key says RESTRICT. */
const RESTRICT_VIOLATION = '23001';
const NOT_NULL_VIOLATION = '23502';
const CHECK_VIOLATION = '23514';

/** With a digit, to tell it from the codes of the operating system, such as EPIPE. */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;
const DEEPEST_CAUSE = 5;

/** Follows `driverError` (TypeORM) and `cause` (ours) until a SQLSTATE is found. */
function driverFacts(error: unknown): DriverFacts | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE; depth++) {
    if (typeof current !== 'object' || current === null) return undefined;
    const candidate = current as DriverFacts & { driverError?: unknown; cause?: unknown };
    if (typeof candidate.code === 'string' && SQLSTATE.test(candidate.code)) return candidate;
    current = candidate.driverError ?? candidate.cause;
  }
  return undefined;
}

export function getSqlState(error: unknown): string | undefined {
  return driverFacts(error)?.code;
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

/** The violated constraint. Under row-level security PostgreSQL may hold back the detail, never this. */
export function getConstraintName(error: unknown): string | undefined {
  return driverFacts(error)?.constraint;
}

export function getErrorDetail(error: unknown): string | undefined {
  return driverFacts(error)?.detail;
}
