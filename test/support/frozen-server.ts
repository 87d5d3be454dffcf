import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresServer } from './postgres-server.js';

/** A server that can be stopped in the middle of everything: its sockets stay, and nobody answers. */
export class FrozenServer {
  private constructor(private readonly server: PostgresServer) {}

  static async start(): Promise<FrozenServer> {
    return new FrozenServer(await PostgresServer.start());
  }

  get url(): string {
    return this.server.url;
  }

  freeze(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.processes()) process.kill(pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.server.stop();
  }

  /** The first one, which would start new ones, and every process that it has started. */
  private processes(): number[] {
    const [first] = readFileSync(join(this.server.directory, 'data/postmaster.pid'), 'utf8').split(
      '\n',
    );
    const children = readFileSync(`/proc/${first}/task/${first}/children`, 'utf8');
    return [first, ...children.trim().split(/\s+/)].filter(Boolean).map(Number);
  }
}
