import { setTimeout as pause } from 'node:timers/promises';
import { isServerAway } from '../connection-loss.js';
import type { ParameterStatus } from '../wire.js';
import type { SeatedClient } from './seated-client.js';
import type { ServerHosts } from './server-hosts.js';
import { ServerUnfit } from './server-unfit.js';
import { type Wanted, unavailable } from './unavailable.js';

/** Longer than this nobody waits for a server that is left alone. */
export const REST_MS = 250;

/**
 * One connection to one of several servers. PostgreSQL says at the start of a session, and whenever
 * it changes, whether writes are taken: to ask costs no round trip.
 */
export class ServerSeat {
  private readonly told = new Map<string, string>();
  private client: SeatedClient | undefined;

  constructor(
    private readonly hosts: ServerHosts,
    readonly wanted: Wanted,
    /** All servers were found unfit a moment ago; as `performance.now()` says it. */
    private readonly restsUntil: number,
  ) {}

  /** Throws ServerUnfit where another server may do, and what is wrong where none will. */
  async open(client: SeatedClient, connect: () => Promise<unknown>): Promise<void> {
    const { hosts } = this;
    const { address } = this.wanted;
    await this.whenRested(client);
    const begun = performance.now();
    client.wire.on('parameterStatus', (status) => this.hear(status));
    try {
      await connect();
    } catch (error) {
      if (!isServerAway(error)) throw unavailable(error as Error, this.wanted) ?? error;
      hosts.met(address, 'silent', performance.now() - begun);
      throw new ServerUnfit('the server does not answer', error);
    }
    if (!this.takesWrites) {
      hosts.met(address, 'standby', performance.now() - begun);
      void client.end().catch(() => undefined);
      throw new ServerUnfit('the server takes no writes');
    }
    this.client = client;
    hosts.taken(this);
    client.once('end', () => hosts.left(this));
    hosts.met(address, 'primary');
  }

  /** False from when the server has said that it takes no writes any more. */
  get takesWrites(): boolean {
    if (this.told.get('in_hot_standby') === 'on') return false;
    return (
      this.hosts.attrs === 'primary' || this.told.get('default_transaction_read_only') !== 'on'
    );
  }

  cut(): void {
    this.client?.cut();
  }

  cutIfIdle(): void {
    if (this.client?.isIdle) this.cut();
  }

  /** So that those who ask again and again while nobody takes writes do not keep the servers busy. */
  private async whenRested({ wire }: SeatedClient): Promise<void> {
    const ms = this.restsUntil - performance.now();
    if (ms <= 0) return;
    if (ms > REST_MS) throw new ServerUnfit('all servers were asked a moment ago');
    await pause(ms);
    if (wire.stream.destroyed) throw new ServerUnfit('nobody waits for the server any more');
  }

  private hear({ parameterName, parameterValue }: ParameterStatus): void {
    const tookWrites = this.takesWrites;
    this.told.set(parameterName, parameterValue);
    if (this.client && tookWrites && !this.takesWrites) this.hosts.doubt(this.wanted.address);
  }
}
