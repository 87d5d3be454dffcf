import {
  type SaidOfError,
  isFatal as isFatalWord,
  speaksOfNoConnection,
  speaksOfNoServer,
} from '../errors/no-connection.js';

/** The connection could not be made, or is gone: what failed says nothing about the statement. */
export function isConnectionLoss(error: unknown): boolean {
  return speaksOfNoConnection((error ?? {}) as SaidOfError);
}

/** The server closes the connection after it; the socket may not have heard of that yet. */
export function isFatal(error: Error | null | undefined): boolean {
  return isFatalWord((error as SaidOfError | null)?.severity);
}

/** Nobody is at the server, or it is starting or stopping: another one may do instead. */
export function isServerAway(error: unknown): boolean {
  return speaksOfNoServer((error ?? {}) as SaidOfError);
}
