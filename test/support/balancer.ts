import { type Server, type Socket, connect, createServer } from 'node:net';

/** One address before several servers: `choose` says for each connection which one it is for. */
export class Balancer {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(choose: (nth: number) => number): Promise<Balancer> {
    let connections = 0;
    let balancer: Balancer | undefined;
    const server = createServer((near) => {
      const far = connect({ host: '127.0.0.1', port: choose(connections++) });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        balancer?.sockets.add(one);
        one.on('error', () => other.destroy()).on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    balancer = new Balancer(server, (server.address() as { port: number }).port);
    return balancer;
  }

  /** The same database, through here. */
  through(url: string): string {
    const there = new URL(url);
    there.port = String(this.port);
    return there.toString();
  }

  /** As if the cable was cut. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.cut();
    await closed;
  }
}
