/** How a WebSocket says that it cannot go on; `code` as a socket of Node would have it. */
export class WebSocketFailure extends Error {
  readonly code: string;

  constructor(why: string, code = 'EPROTO', cause?: unknown) {
    super(`The WebSocket failed: ${why}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
  }
}
