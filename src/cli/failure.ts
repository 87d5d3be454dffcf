import { DatabaseError } from '../errors/database.error.js';
import { getSqlState } from '../errors/violations.js';
import { ExitCode } from './exit-code.js';

/** An error as it is printed, and as the field `error` of the JSON form. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly sqlstate?: string;
  readonly statement?: string;
  readonly position?: number;
}

const CONFIGURATION = ['ROWGUARD_USAGE', 'ROWGUARD_DATA_SOURCE_FILE', 'ROWGUARD_OPTIONS_INVALID'];
/** Errors whose exit code says what kind of refusal it was. */
const REFUSALS: Readonly<Record<string, ExitCode>> = {
  ROWGUARD_MIGRATION_BLOCKED: ExitCode.Blocked,
  ROWGUARD_MIGRATION_HISTORY: ExitCode.HistoryInvalid,
  ROWGUARD_LOCK_NOT_OBTAINED: ExitCode.LockNotObtained,
  ROWGUARD_DATABASE_UNAVAILABLE: ExitCode.Unreachable,
};
const ACQUIRE_TIMEOUT = 'ROWGUARD_ACQUIRE_TIMEOUT';
const DEEPEST_CAUSE = 6;

const NETWORK =
  /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|\w*CERT\w*|ERR_TLS_\w+|ERR_SSL_\w+)$/;
/** Connection exceptions, refused logins, no such database, too many connections, shutting down. */
const NO_SESSION = /^(?:08\w{3}|28\w{3}|3D000|53300|57P0[1-4])$/;
const SAID_BY_DRIVER =
  /^(?:Connection terminated|timeout expired|timeout exceeded when trying to connect|The server does not support SSL|SASL|getaddrinfo)/i;

interface AnyError extends Error {
  readonly code?: unknown;
  readonly errors?: readonly unknown[];
  readonly driverError?: unknown;
  readonly query?: unknown;
  readonly position?: unknown;
}

export function exitCodeFor(error: unknown): ExitCode {
  const chain = chainOf(error);
  const codes = chain.map((one) => one.code);
  if (chain[0] instanceof DatabaseError && CONFIGURATION.includes(chain[0].code)) {
    return ExitCode.Usage;
  }
  const refusal = chain[0] instanceof DatabaseError ? REFUSALS[chain[0].code] : undefined;
  if (refusal !== undefined) return refusal;
  if (codes.includes(ACQUIRE_TIMEOUT) || isUnreachable(chain)) return ExitCode.Unreachable;
  return ExitCode.Failed;
}

export function failureOf(error: unknown): Failure {
  const chain = chainOf(error);
  const first = chain[0];
  const sqlstate = sqlStateOf(error);
  const statement = chain.map((one) => one.query).find((query) => typeof query === 'string');
  const position = Number(chain.map((one) => one.position).find((at) => at !== undefined));
  return {
    ...described(first, error, chain),
    ...(sqlstate === undefined ? {} : { sqlstate }),
    ...(statement === undefined ? {} : { statement }),
    ...(Number.isNaN(position) ? {} : { position }),
  };
}

/** The stack of an error and of everything that caused it. */
export function traceOf(error: unknown): string {
  return chainOf(error)
    .map((one) => one.stack ?? one.message)
    .join('\ncaused by ');
}

function described(
  first: AnyError | undefined,
  error: unknown,
  chain: readonly AnyError[],
): Pick<Failure, 'code' | 'message' | 'hint'> {
  if (first instanceof DatabaseError) {
    const { code, message, mend } = first;
    return { code, message: message.replace(` ${mend}.`, ''), hint: `${mend}.` };
  }
  const message = chain.map((one) => one.message).find((text) => text !== '') ?? String(error);
  if (isUnreachable(chain)) {
    return {
      code: 'ROWGUARD_UNREACHABLE',
      message: `The database cannot be reached: ${message}.`,
      hint: 'Check that the server runs, and that host, port, database and login are right in DATABASE_URL or in the data source file.',
    };
  }
  return {
    code: 'ROWGUARD_UNEXPECTED',
    message,
    hint: 'Run the command again with --verbose to see where this comes from.',
  };
}

function isUnreachable(chain: readonly AnyError[]): boolean {
  return chain.some(
    ({ code, message }) =>
      (typeof code === 'string' && (NETWORK.test(code) || NO_SESSION.test(code))) ||
      SAID_BY_DRIVER.test(message),
  );
}

/** Names of system errors have five letters at times; a SQLSTATE has a digit. */
function sqlStateOf(error: unknown): string | undefined {
  const state = getSqlState(error);
  return state !== undefined && /\d/.test(state) ? state : undefined;
}

/** The error, what caused it, and the first of several that came together. */
function chainOf(error: unknown): AnyError[] {
  const chain: AnyError[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && chain.length < DEEPEST_CAUSE) {
    const one = current as AnyError;
    if (chain.includes(one)) break;
    chain.push(one);
    current = one.driverError ?? one.cause ?? one.errors?.[0];
  }
  return chain;
}
