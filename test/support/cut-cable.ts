import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** Stands between client and server, and can swallow everything, as a network that is gone does. */
export class CutCable {
  private isCut = false;
  private readonly sockets = new Set<Socket>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async lay(serverUrl: string, port = 0): Promise<CutCable> {
    const target = new URL(serverUrl);
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const url = new URL(serverUrl);
    url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cable = new CutCable(url.toString(), server);
    server.on('connection', (client) => cable.join(client, target));
    return cable;
  }

  /** Nobody is told: connections stay open, new ones are taken, and nothing comes through. */
  cut(): void {
    this.isCut = true;
  }

  /** What was open while it was cut has lost messages, and is of no use any more. */
  mend(): void {
    this.isCut = false;
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, target: URL): void {
    const server = connect({ host: target.hostname, port: Number(target.port), noDelay: true });
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        if (!this.isCut) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        if (!this.isCut) to.destroy();
      });
    }
  }
}
