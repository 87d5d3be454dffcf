import { DatabaseUnavailableError } from '../../errors/database-unavailable.error.js';
import type { Address } from './address.js';
import { REST_MS, ServerSeat } from './server-seat.js';
import { ServerUnfit } from './server-unfit.js';

/** What the last attempt has found; in the order in which they are tried. */
const VERDICTS = ['primary', 'unknown', 'standby', 'silent'] as const;
export type Verdict = (typeof VERDICTS)[number];

interface Server {
  readonly address: Address;
  verdict: Verdict;
  restsUntil: number;
}

/** `primary` takes one that would begin transactions as read-only. */
export type SessionAttrs = 'read-write' | 'primary';

/**
 * The servers that one address names, of which one takes writes. Which one it is gets known by the
 * attempts to connect, and is shared by all of them.
 */
export class ServerHosts {
  private readonly servers: readonly Server[];
  private readonly seats = new Set<ServerSeat>();
  /** Looks after the one that takes writes, while a pool is open. */
  watch: { end(): Promise<void> } | undefined;

  constructor(
    addresses: readonly Address[],
    private readonly option: string,
    readonly attrs: SessionAttrs,
  ) {
    this.servers = addresses.map((address) => ({ address, verdict: 'unknown', restsUntil: 0 }));
  }

  get count(): number {
    return this.servers.length;
  }

  /** Which server the next connection is for. */
  seat(): ServerSeat {
    const [best] = this.servers.toSorted((one, other) => rank(one) - rank(other)) as [Server];
    return new ServerSeat(this, { option: this.option, address: best.address }, best.restsUntil);
  }

  /** `tookMs`: what it has cost to find out. One that lets others wait is left alone for as long. */
  met(address: Address, verdict: Verdict, tookMs = 0): void {
    const server = this.servers.find((one) => one.address === address);
    if (!server) return;
    const isUnfit = verdict === 'standby' || verdict === 'silent';
    server.verdict = verdict;
    server.restsUntil = isUnfit ? performance.now() + Math.max(REST_MS, tookMs) : 0;
    if (verdict !== 'primary') return;
    for (const one of this.servers) if (one !== server) this.leave(one);
  }

  /** The one that took writes gives no answer: the others are asked first. */
  lost(): void {
    const server = this.servers.find(({ verdict }) => verdict === 'primary');
    if (server) this.met(server.address, 'silent');
  }

  /** A connection has heard that its server takes no writes any more: those in use will as well. */
  doubt(address: Address): void {
    this.met(address, 'unknown');
    for (const seat of this.seats) if (seat.wanted.address === address) seat.cutIfIdle();
  }

  taken(seat: ServerSeat): void {
    this.seats.add(seat);
  }

  left(seat: ServerSeat): void {
    this.seats.delete(seat);
  }

  /** `attempt` makes a new connection each time, until one is good or no server is left to be asked. */
  async inTurn<T>(attempt: () => Promise<T>): Promise<T> {
    for (let left = this.count; ; left--) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof ServerUnfit)) throw error;
        if (left <= 1) throw this.noneTakesWrites(error);
      }
    }
  }

  noneTakesWrites({ cause }: ServerUnfit): DatabaseUnavailableError {
    const standbys = this.servers.filter(({ verdict }) => verdict === 'standby').length;
    const silent = this.servers.filter(({ verdict }) => verdict === 'silent').length;
    return new DatabaseUnavailableError({
      problem: `None of the ${this.count} servers that ${this.option} names takes writes: ${standbys} of them are standbys or read-only, ${silent} do not answer`,
      mend: 'Promote a standby, or start the primary; they are asked again by themselves',
      given: { option: this.option, servers: this.count, standbys, silent },
      ...(cause === undefined ? {} : { cause }),
    });
  }

  /** Whatever still goes on there would be lost, or would never be answered. */
  private leave(server: Server): void {
    if (server.verdict === 'primary') server.verdict = 'unknown';
    for (const seat of this.seats) if (seat.wanted.address === server.address) seat.cut();
  }
}

function rank({ verdict, restsUntil }: Server): number {
  const rests = restsUntil > performance.now() ? VERDICTS.length : 0;
  return rests + VERDICTS.indexOf(verdict);
}
