import { createServer as createPlain } from 'node:http';
import { createServer as createEncrypted } from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Certificate } from './certificates.js';

/** A WebSocket on the loopback interface that leads to the server that its address names. */
export class WebSocketProxy {
  /** Targets that were asked for, in their order. */
  readonly asked: string[] = [];
  /** Frames from the client: how many messages the groups of node-postgres became. */
  frames = 0;
  /** How an answer goes out, where that is not as it came. */
  forward: (client: WebSocket, chunk: Buffer) => void = plainly;
  private readonly pairs = new Set<{ readonly client: WebSocket; readonly server: Socket }>();

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createPlain>,
  ) {}

  /** With a certificate it is `wss://localhost`, whatever that is made out to. */
  static async start(identity?: Certificate): Promise<WebSocketProxy> {
    const server = identity
      ? createEncrypted({ cert: identity.certificate, key: identity.key })
      : createPlain();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = identity ? `wss://localhost:${port}/v2` : `ws://127.0.0.1:${port}/v2`;
    const proxy = new WebSocketProxy(url, server);
    const listener = new WebSocketServer({ server });
    listener.on('connection', (client, request) => proxy.join(client, request.url ?? ''));
    return proxy;
  }

  get open(): number {
    return this.pairs.size;
  }

  /** Without a word to either side. */
  cut(): void {
    for (const { client, server } of this.pairs) {
      client.terminate();
      server.destroy();
    }
  }

  /** As a proxy says goodbye that is stopped. */
  closeAll(code: number): void {
    for (const { client } of this.pairs) client.close(code);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: WebSocket, path: string): void {
    const target = new URL(path, 'ws://proxy').searchParams.get('address') ?? '';
    this.asked.push(target);
    const { hostname, port } = new URL(`tcp://${target}`);
    const server = connect({ host: hostname, port: Number(port), noDelay: true });
    const pair = { client, server };
    this.pairs.add(pair);
    client.on('message', (data: Buffer) => {
      this.frames++;
      server.write(data);
    });
    server.on('data', (chunk: Buffer) => this.forward(client, chunk));
    client.on('error', () => server.destroy());
    server.on('error', () => client.close(1011));
    server.on('close', () => client.close(1000));
    client.on('close', () => {
      this.pairs.delete(pair);
      server.end();
    });
  }
}

export function plainly(client: WebSocket, chunk: Buffer): void {
  client.send(chunk);
}
