import { HttpException } from '@nestjs/common';
import { getSqlState } from 'nestjs-rowguard';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly string[];
}

/** Not reachable, shutting down, or out of connections: worth another try. */
const GONE = /^(?:ECONN\w+|ETIMEDOUT|EPIPE|08\w{3}|53\w{3}|57P\w{2}|3D000)$/;

const AWAY: Problem = { status: 503, detail: 'The database does not answer; try again' };
const UNKNOWN: Problem = { status: 500, detail: 'Something went wrong on our side' };

/** What is left when the errors of the database module have been answered by its own filter. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpException) return problemOfHttp(error);
  if (isDatabaseGone(error)) return AWAY;
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
