import { isServerAway } from './connection-loss.js';
import { Repeated } from './replicas/repeated.js';
import { ServerProbe } from './replicas/server-probe.js';
import type { TenantClientConfig } from './tenant-client-config.js';
import type { ServerHosts } from './transport/server-hosts.js';
import { REST_MS } from './transport/server-seat.js';

const CHECK_MS = 1_000;

/**
 * Asks the server that takes writes, again and again. One that went without a word keeps those who
 * wait for its answers waiting; as soon as another one takes writes, their connections are cut.
 */
export class ServerWatch {
  private readonly probe: ServerProbe;
  private readonly checks = new Repeated(() => this.check());

  constructor(
    private readonly servers: ServerHosts,
    config: TenantClientConfig,
  ) {
    this.probe = new ServerProbe(
      config,
      () => Promise.resolve(),
      () => this.checks.after(0),
    );
    this.checks.after(CHECK_MS);
  }

  async end(): Promise<void> {
    const ended = this.checks.stop();
    await this.probe.close();
    await ended;
  }

  private async check(): Promise<number> {
    try {
      await this.probe.ask('select 1 as one');
      return CHECK_MS;
    } catch (error) {
      if (isServerAway(error)) this.servers.lost();
      return REST_MS;
    }
  }
}
