/** Of the operating system, on the way to the server. */
const OF_SYSTEM =
  /^(?:ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/;
/** Connection exceptions, shutdowns and restarts, no place for one more, timeouts of the session. */
const OF_SERVER = /^(?:08\w{3}|57P0[1-5]|53300|25P0[34])$/;
const OF_DRIVER =
  /^(?:Connection terminated|timeout expired|Query read timeout|Client has encountered a connection error)/;
/** The server closes the connection after it; the socket may not have heard of that yet. */
const FATAL = /^(?:FATAL|PANIC)$/;

/** What an error says of itself, whoever threw it. */
export interface SaidOfError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly severity?: unknown;
}

/** The connection could not be made, or is gone: what failed says nothing about the statement. */
export function speaksOfNoConnection({ code, message, severity }: SaidOfError): boolean {
  if (isFatal(severity) || isOfDriver(code, message)) return true;
  return typeof code === 'string' && (OF_SYSTEM.test(code) || OF_SERVER.test(code));
}

/** Nobody is at the server, or it is starting or stopping: another one may do instead. */
export function speaksOfNoServer({ code, message }: SaidOfError): boolean {
  if (isOfDriver(code, message)) return true;
  return typeof code === 'string' && (OF_SYSTEM.test(code) || /^57P0[1-3]$/.test(code));
}

/** The words are those of the driver only where no server has given a code. */
function isOfDriver(code: unknown, message: unknown): boolean {
  if (typeof code === 'string' && /\d/.test(code)) return false;
  return typeof message === 'string' && OF_DRIVER.test(message);
}

export function isFatal(severity: unknown): boolean {
  return typeof severity === 'string' && FATAL.test(severity);
}
