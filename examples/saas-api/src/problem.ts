import { HttpException } from '@nestjs/common';
import {
  AcquireTimeoutError,
  InvalidContextError,
  InvalidInputError,
  RowNotFoundError,
  TenantContextMissingError,
  TenantMismatchError,
  getSqlState,
  isCheckViolation,
  isForeignKeyViolation,
  isNotNullViolation,
  isUniqueViolation,
} from 'nestjs-rowguard';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly string[];
}

type Rule = readonly [matches: (error: unknown) => boolean, status: number, detail: string];

const is =
  (...types: readonly (abstract new (...given: never[]) => Error)[]) =>
  (error: unknown): boolean =>
    types.some((type) => error instanceof type);

/**
 * The sentences are our own: those of the errors name tables, columns and values, and are for
 * whoever reads the log. A row of another tenant never gets here; it was not found.
 */
const RULES: readonly Rule[] = [
  [is(RowNotFoundError), 404, 'There is no such row'],
  [is(TenantContextMissingError), 401, 'Say which tenant is asking'],
  [is(InvalidInputError, InvalidContextError), 422, 'The request holds a value that cannot be'],
  [is(TenantMismatchError), 422, 'The tenant of a row cannot be chosen'],
  [is(AcquireTimeoutError), 503, 'The database is busy; try again'],
  [isUniqueViolation, 409, 'There is such a row already'],
  [isForeignKeyViolation, 422, 'The request refers to a row that is not there'],
  [isNotNullViolation, 422, 'A value that is needed is missing'],
  [isCheckViolation, 422, 'The request holds a value that cannot be'],
  [isDatabaseGone, 503, 'The database does not answer; try again'],
];

/** Not reachable, shutting down, or out of connections: worth another try. */
const GONE = /^(?:ECONN\w+|ETIMEDOUT|EPIPE|08\w{3}|53\w{3}|57P\w{2}|3D000)$/;

const UNKNOWN: Problem = { status: 500, detail: 'Something went wrong on our side' };

export function problemOf(error: unknown): Problem {
  if (error instanceof HttpException) return problemOfHttp(error);
  const rule = RULES.find(([matches]) => matches(error));
  if (rule) return { status: rule[1], detail: rule[2] };
  return isMalformedRequest(error) ? { status: error.status, detail: error.message } : UNKNOWN;
}

function isDatabaseGone(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return GONE.test(getSqlState(error) ?? (typeof code === 'string' ? code : ''));
}

function problemOfHttp(error: HttpException): Problem {
  const response = error.getResponse();
  const messages = typeof response === 'object' && 'message' in response ? response.message : '';
  const status = error.getStatus();
  if (!Array.isArray(messages)) return { status, detail: error.message };
  const detail = 'The request holds values that cannot be; see errors';
  return { status, detail, errors: messages.map(String) };
}

/** The body parser of Express throws errors of its own: not JSON, too large, unknown encoding. */
function isMalformedRequest(error: unknown): error is Error & { status: number } {
  if (!(error instanceof Error) || !('status' in error) || !('expose' in error)) return false;
  return error.expose === true && typeof error.status === 'number' && error.status < 500;
}
