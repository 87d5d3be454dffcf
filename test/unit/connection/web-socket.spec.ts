import { EventEmitter, once } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { InvalidOptionsError } from 'nestjs-rowguard';
import { WebSocketStream } from '../../../src/connection/transport/web-socket-stream.js';
import {
  type WebSocketClass,
  type WebSocketEvent,
  type WebSocketLike,
} from '../../../src/connection/transport/web-socket.js';

/** As the standard has it: nothing but what every browser knows. */
class StandardSocket extends EventEmitter implements WebSocketLike {
  static last: StandardSocket;
  binaryType = 'blob';
  bufferedAmount = 0;
  readonly sent: Buffer[] = [];
  readonly closedWith: (number | undefined)[] = [];

  constructor(readonly address: string) {
    super();
    StandardSocket.last = this;
  }
  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.on(type, listener);
  }
  send(data: Uint8Array): void {
    this.sent.push(Buffer.from(data));
  }
  close(code?: number): void {
    this.closedWith.push(code);
  }
}

/** As the package `ws` has it, which can do a little more. */
class PackageSocket extends StandardSocket {
  readonly heard: string[] = [];
  terminate(): void {
    this.heard.push('terminate');
  }
  pause(): void {
    this.heard.push('pause');
  }
  resume(): void {
    this.heard.push('resume');
  }
}

function streamOver(socket: WebSocketClass = StandardSocket): WebSocketStream {
  const stream = new WebSocketStream({
    addressOf: (host, port) => `wss://${host}:${port}`,
    webSocketClass: () => Promise.resolve(socket),
  });
  stream.on('error', () => undefined);
  return stream.connect(5432, 'db');
}

function closing(stream: WebSocketStream): Promise<void> {
  return new Promise((resolve) => stream.once('close', resolve));
}

async function opened<Socket extends StandardSocket = StandardSocket>(
  type?: new (address: string) => Socket,
): Promise<[WebSocketStream, Socket]> {
  const stream = streamOver(type);
  await Promise.resolve();
  await Promise.resolve();
  const socket = StandardSocket.last as Socket;
  const connected = once(stream, 'connect');
  socket.emit('open', {});
  await connected;
  return [stream, socket];
}

describe('a stream over a WebSocket', () => {
  it('asks for bytes, and hands them on as they come', async () => {
    const [stream, socket] = await opened();
    const seen: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => seen.push(chunk));
    await new Promise(setImmediate);

    socket.emit('message', { data: new Uint8Array([1, 2]).buffer });
    socket.emit('message', { data: Buffer.from([3]) });

    expect(socket.binaryType).toBe('arraybuffer');
    expect(socket.address).toBe('wss://db:5432');
    expect(Buffer.concat(seen)).toEqual(Buffer.from([1, 2, 3]));
    stream.destroy();
  });

  it('sends what was corked as one message', async () => {
    const [stream, socket] = await opened();

    stream.cork();
    stream.write(Buffer.from('parse'));
    stream.write(Buffer.from('sync'));
    stream.uncork();

    expect(socket.sent.map(String)).toEqual(['parsesync']);
    stream.destroy();
  });

  it('holds the writer up while too much is on its way', async () => {
    const [stream, socket] = await opened();
    socket.bufferedAmount = 10_000_000;
    let isWritten = false;
    stream.write(Buffer.from('x'), () => (isWritten = true));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = isWritten;
    socket.bufferedAmount = 0;
    await new Promise((resolve) => setTimeout(resolve, 30));

    expect([before, isWritten]).toEqual([false, true]);
    stream.destroy();
  });

  it('lets a writer that is held up go when it is cut', async () => {
    const [stream, socket] = await opened();
    socket.bufferedAmount = 10_000_000;
    const told = new Promise((resolve) => stream.write(Buffer.from('x'), resolve));
    const closed = closing(stream);
    socket.emit('close', { code: 1006 });

    expect(await told).toBeInstanceOf(Error);
    await closed;
  });

  it.each([
    ['an error', (socket: StandardSocket) => socket.emit('error', { message: 'refused' })],
    ['an end before it was open', (socket: StandardSocket) => socket.emit('close', { code: 1006 })],
    ['an answer in text', (socket: StandardSocket) => socket.emit('message', { data: 'hello' })],
  ])('ends with %s', async (_, strike) => {
    const stream = streamOver();
    await new Promise(setImmediate);
    const failed = once(stream, 'error');
    const closed = closing(stream);

    strike(StandardSocket.last);

    expect((await failed)[0]).toMatchObject({ message: expect.stringMatching(/^The WebSocket/) });
    await closed;
  });

  it('hands on what came before a polite end', async () => {
    const [stream, socket] = await opened();
    const seen: string[] = [];
    socket.emit('message', { data: Buffer.from('last words') });
    socket.emit('close', { code: 1000 });
    for await (const chunk of stream) seen.push(String(chunk));

    expect(seen).toEqual(['last words']);
    expect(stream.destroyed).toBe(true);
  });

  it('lets what arrives wait outside while nobody reads', async () => {
    const [stream, socket] = await opened(PackageSocket);
    const most = stream.readableHighWaterMark;
    socket.emit('message', { data: Buffer.alloc(most) });
    await new Promise(setImmediate);
    const before = socket.heard.at(-1);
    stream.resume();
    await new Promise(setImmediate);

    expect([before, socket.heard.at(-1)]).toEqual(['pause', 'resume']);
    stream.destroy();
  });

  it('is gone at once where the socket can be, without a word to the other side', async () => {
    const [stream, socket] = await opened(PackageSocket);
    const closed = closing(stream);
    stream.destroy();
    await closed;

    expect([socket.heard.at(-1), socket.closedWith]).toEqual(['terminate', []]);
  });

  it('does not mind how the other side ends what was said goodbye to', async () => {
    const [stream, socket] = await opened();
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    stream.resume();
    const closed = closing(stream);
    stream.end();
    await new Promise(setImmediate);
    socket.emit('close', { code: 1006 });
    await closed;

    expect(errors).toEqual([]);
  });

  it('waits for a goodbye for two seconds, and no longer', async () => {
    const [stream] = await opened();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    stream.resume();
    stream.end();
    await new Promise(setImmediate);
    const closed = closing(stream);
    jest.advanceTimersByTime(1_999);
    const before = stream.destroyed;
    jest.advanceTimersByTime(1);
    jest.useRealTimers();
    await closed;

    expect([before, stream.destroyed]).toEqual([false, true]);
  });

  it('says goodbye, and waits for the other side', async () => {
    const [stream, socket] = await opened();
    stream.resume();
    const closed = closing(stream);
    stream.end(Buffer.from('X'));
    await new Promise(setImmediate);
    const before = stream.destroyed;
    socket.emit('close', { code: 1000 });
    await closed;

    expect([before, socket.closedWith[0], socket.sent.map(String)]).toEqual([false, 1000, ['X']]);
  });

  it('opens nothing where it was given up before', async () => {
    let made = 0;
    const stream = streamOver(
      class extends StandardSocket {
        constructor(address: string) {
          super(address);
          made++;
        }
      },
    );
    stream.destroy();
    await new Promise(setImmediate);

    expect(made).toBe(0);
  });

  it('fails with the error of whoever cannot find a class', async () => {
    const stream = new WebSocketStream({
      addressOf: () => 'wss://db',
      webSocketClass: () => Promise.reject(new InvalidOptionsError({ problem: 'no', mend: 'ws' })),
    });
    const failed = once(stream, 'error');
    stream.connect(5432, 'db');

    expect((await failed)[0]).toBeInstanceOf(InvalidOptionsError);
  });

  it('does not write before it is open', async () => {
    const stream = streamOver();
    const told = new Promise((resolve) => stream.write(Buffer.from('x'), resolve));

    expect(await told).toMatchObject({ code: 'EPIPE' });
  });
});
