import { Duplex } from 'node:stream';
import { WebSocketFailure } from './web-socket-failure.js';
import type { WebSocketClass, WebSocketEvent, WebSocketLike } from './web-socket.js';

/** More than this on its way, and the writer waits. */
const MOST_BUFFERED = 1_048_576;
const LOOK_AGAIN_MS = 5;
/** How long the other side may take to say goodbye. */
const GOODBYE_MS = 2_000;
const NORMAL = 1000;

type Done = (error?: Error | null) => void;

export interface WebSocketPlan {
  addressOf(host: string, port: number): string;
  webSocketClass(): Promise<WebSocketClass>;
}

/** What node-postgres takes for a socket, over a WebSocket. */
export class WebSocketStream extends Duplex {
  private socket: WebSocketLike | undefined;
  private isOpen = false;

  constructor(private readonly plan: WebSocketPlan) {
    super({ allowHalfOpen: false });
  }

  connect(port: number, host: string): this {
    this.open(port, host).catch((error: Error) => this.destroy(error));
    return this;
  }

  // node-postgres sets these on whatever it is given; a WebSocket has none of them.
  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    this.socket?.resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.send(chunk, done);
  }

  /** The messages of one group travel as one. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: Done): void {
    this.send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    const { socket } = this;
    if (!socket || !this.isOpen) return done();
    const giveUp = setTimeout(() => this.destroy(), GOODBYE_MS);
    giveUp.unref();
    this.once('close', () => clearTimeout(giveUp));
    socket.close(NORMAL);
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    const { socket } = this;
    this.isOpen = false;
    try {
      if (socket?.terminate) socket.terminate();
      else socket?.close();
    } catch {
      // It was closed already.
    }
    done(error);
  }

  private async open(port: number, host: string): Promise<void> {
    const Socket = await this.plan.webSocketClass();
    // It may have been given up meanwhile.
    if (this.destroyed) return;
    const socket = new Socket(this.plan.addressOf(host, port));
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      this.isOpen = true;
      this.emit('connect');
    });
    socket.addEventListener('message', (event) => this.receive(event));
    socket.addEventListener('error', (event) => this.destroy(failureOf(event)));
    socket.addEventListener('close', (event) => this.hearEnd(event));
  }

  private receive({ data }: WebSocketEvent): void {
    if (!(data instanceof ArrayBuffer) && !ArrayBuffer.isView(data)) {
      this.destroy(new WebSocketFailure('it was answered in text, which PostgreSQL never does'));
      return;
    }
    const bytes = ArrayBuffer.isView(data)
      ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
      : Buffer.from(data);
    if (!this.push(bytes)) this.socket?.pause?.();
  }

  private hearEnd({ code }: WebSocketEvent): void {
    if (this.destroyed) return;
    const wasOpen = this.isOpen;
    this.isOpen = false;
    if (!wasOpen) {
      this.destroy(new WebSocketFailure(`it was closed before it was open (${code ?? 'no code'})`));
    } else if (this.writableEnded || code === NORMAL) {
      // What has arrived is still read; the stream ends by itself after that.
      this.push(null);
    } else {
      this.destroy(new WebSocketFailure(`it was cut (${code ?? 'no code'})`, 'ECONNRESET'));
    }
  }

  private send(bytes: Buffer, done: Done): void {
    if (!this.socket || !this.isOpen) {
      done(new WebSocketFailure('it is not open', 'EPIPE'));
      return;
    }
    try {
      this.socket.send(bytes);
    } catch (error) {
      done(error as Error);
      return;
    }
    this.whenSent(done);
  }

  /** A WebSocket takes everything at once: whoever writes more than can go out has to be held up. */
  private whenSent(done: Done): void {
    if (this.destroyed) return done(new WebSocketFailure('it is closed', 'EPIPE'));
    if ((this.socket?.bufferedAmount ?? 0) <= MOST_BUFFERED) return done();
    setTimeout(() => this.whenSent(done), LOOK_AGAIN_MS);
  }
}

function failureOf({ error, message }: WebSocketEvent): Error {
  const below = error as { code?: unknown; message?: string } | null | undefined;
  const code = typeof below?.code === 'string' ? below.code : undefined;
  const why = below?.message || (typeof message === 'string' ? message : '');
  return new WebSocketFailure(why || 'it could not be opened', code, error);
}
