/** The part of a WebSocket that is used; that of the browser's standard, of Node 22, and of `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void;
  /** Of `ws` alone: an end without waiting for the other side. */
  terminate?(): void;
  /** Of `ws` alone: what arrives waits outside. */
  pause?(): void;
  resume?(): void;
}

export interface WebSocketEvent {
  readonly data?: unknown;
  readonly code?: number;
  readonly error?: unknown;
  readonly message?: unknown;
}

export type WebSocketClass = new (address: string) => WebSocketLike;

/** Where the WebSocket for a server is opened: an address, or a function of host and port. */
export type WebSocketProxy = string | ((host: string, port: number) => string);

/** As Neon answers it: at the host of the database itself, which is told where to go on to. */
const PATH = '/v2';
const WITH_PROTOCOL = /^wss?:\/\//;

/** Like `neonConfig.wsProxy`: an address gets `?address=host:port`, and wss where it names nothing. */
export function webSocketAddress(
  proxy: WebSocketProxy | undefined,
  host: string,
  port: number,
): string {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const asked = typeof proxy === 'function' ? proxy(host, port) : undefined;
  const base = asked ?? (proxy as string | undefined) ?? `${host}${PATH}`;
  const whole = WITH_PROTOCOL.test(base) ? base : `wss://${base}`;
  if (asked !== undefined) return whole;
  return `${whole}${whole.includes('?') ? '&' : '?'}address=${target}`;
}
