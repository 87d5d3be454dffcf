import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { FrameReader, strings } from './wire-frames.js';

/** What went over the wire. `syncs` and `queries` are round trips begun, `ready` those answered. */
export class WireCounts {
  syncs = 0;
  queries = 0;
  ready = 0;
  parses = 0;
  binds = 0;
  executes = 0;
  closes = 0;
  flushes = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Rows that were answered, of whatever statement: each binding is one. */
  rows = 0;
  /** Texts of Parse and Query messages, in their order. */
  readonly texts: string[] = [];
  /** Names of Parse messages; the empty name is the unnamed statement. */
  readonly parsedNames: string[] = [];
  /** Names of the statements that were closed. */
  readonly closedNames: string[] = [];

  get roundTrips(): number {
    return this.syncs + this.queries;
  }
}

/** Stands between client and server on the loopback interface, counts, and can be slow on purpose. */
export class WireProxy {
  /** One way, in milliseconds. */
  delayMs = 0;
  private counts = new WireCounts();
  private readonly sockets = new Set<Socket>();
  private readonly perConnection = new Set<WireCounts>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(serverUrl: string): Promise<WireProxy> {
    const target = new URL(serverUrl);
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(serverUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const proxy = new WireProxy(url.toString(), server);
    server.on('connection', (client) => proxy.join(client, target));
    return proxy;
  }

  /** Everything since the start or the last reset. */
  get total(): WireCounts {
    return this.counts;
  }

  get connections(): readonly WireCounts[] {
    return [...this.perConnection];
  }

  /** Counts what `work` puts on the wire, on all connections. */
  async during(work: () => Promise<unknown>): Promise<WireCounts> {
    this.counts = new WireCounts();
    await work();
    // An error is told before the ReadyForQuery that follows it: its count must not go to the next.
    for (
      let wait = 0;
      wait < 50 && this.counts.ready < this.counts.syncs + this.counts.queries;
      wait++
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return this.counts;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: URL): void {
    const server = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    const own = new WireCounts();
    this.perConnection.add(own);
    const gone = (): void => {
      this.perConnection.delete(own);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', gone);
      socket.on('close', () => {
        this.sockets.delete(socket);
        gone();
      });
    }
    const sent = new FrameReader(true);
    const received = new FrameReader(false);
    client.on('data', (chunk: Buffer) => {
      for (const counts of [own, this.counts]) counts.bytesSent += chunk.length;
      for (const { type, body } of sent.read(chunk)) {
        for (const counts of [own, this.counts]) countSent(counts, type, body);
      }
      this.forward(chunk, server);
    });
    server.on('data', (chunk: Buffer) => {
      for (const counts of [own, this.counts]) counts.bytesReceived += chunk.length;
      for (const { type } of received.read(chunk)) {
        for (const counts of [own, this.counts]) {
          if (type === 'Z') counts.ready++;
          if (type === 'D') counts.rows++;
        }
      }
      this.forward(chunk, client);
    });
  }

  private forward(chunk: Buffer, to: Socket): void {
    if (this.delayMs === 0) to.write(chunk);
    else setTimeout(() => to.write(chunk), this.delayMs);
  }
}

function countSent(counts: WireCounts, type: string, body: Buffer): void {
  switch (type) {
    case 'S':
      counts.syncs++;
      break;
    case 'Q':
      counts.queries++;
      counts.texts.push(...strings(body, 1));
      break;
    case 'P': {
      const [name = '', text = ''] = strings(body, 2);
      counts.parses++;
      counts.parsedNames.push(name);
      counts.texts.push(text);
      break;
    }
    case 'B':
      counts.binds++;
      break;
    case 'E':
      counts.executes++;
      break;
    case 'H':
      counts.flushes++;
      break;
    case 'C':
      counts.closes++;
      if (body[0] === 'S'.charCodeAt(0)) counts.closedNames.push(...strings(body.subarray(1), 1));
      break;
  }
}
