import { type Socket, connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A WebSocket on the loopback interface that leads to the server that its address names. */
export class WebSocketProxy {
  /** Targets that were asked for, in their order. */
  readonly asked: string[] = [];
  /** Frames from the client: how many messages the groups of node-postgres became. */
  frames = 0;
  private readonly pairs = new Set<{ readonly client: WebSocket; readonly server: Socket }>();

  private constructor(
    readonly url: string,
    private readonly listener: WebSocketServer,
  ) {}

  static async start(): Promise<WebSocketProxy> {
    const listener = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => listener.once('listening', resolve));
    const url = `ws://127.0.0.1:${(listener.address() as AddressInfo).port}/v2`;
    const proxy = new WebSocketProxy(url, listener);
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
    await new Promise((resolve) => this.listener.close(resolve));
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
    server.on('data', (chunk) => client.send(chunk));
    client.on('error', () => server.destroy());
    server.on('error', () => client.close(1011));
    server.on('close', () => client.close(1000));
    client.on('close', () => {
      this.pairs.delete(pair);
      server.end();
    });
  }
}
