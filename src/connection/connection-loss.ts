/** Of the operating system, on the way to the server. */
const OF_SYSTEM =
  /^(?:ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/;
/** Connection exceptions, shutdowns and restarts, no place for one more, timeouts of the session. */
const OF_SERVER = /^(?:08\w{3}|57P0[1-5]|53300|25P03|25P04)$/;
const OF_DRIVER =
  /^(?:Connection terminated|timeout expired|Query read timeout|Client has encountered a connection error)/;

/** The connection could not be made, or is gone: what failed says nothing about the statement. */
export function isConnectionLoss(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && (OF_SYSTEM.test(code) || OF_SERVER.test(code))) return true;
  return isFatal(error as Error) || (typeof message === 'string' && OF_DRIVER.test(message));
}

/** The server closes the connection after it; the socket may not have heard of that yet. */
export function isFatal(error: Error | null | undefined): boolean {
  return /^(?:FATAL|PANIC)$/.test((error as { severity?: string } | null)?.severity ?? '');
}

/** Nobody is at the server, or it is starting or stopping: another one may do instead. */
export function isServerAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return OF_SYSTEM.test(code) || /^57P0[1-3]$/.test(code);
  return typeof message === 'string' && OF_DRIVER.test(message);
}
