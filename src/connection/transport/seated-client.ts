import pg from 'pg';
import type { WireConnection } from '../wire.js';
import type { ServerSeat } from './server-seat.js';
import type { Routed } from './transport.js';

type Connected = (error: Error) => void;

/** A connection that knows which of several servers it is for, and refuses one that takes no writes. */
export class SeatedClient extends pg.Client {
  /** Undefined where there is one server, which is taken as it is. */
  protected readonly seat: ServerSeat | undefined;

  constructor(config: Routed<pg.ClientConfig>) {
    super(config);
    this.seat = config.seat;
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.Client> | void {
    if (!this.seat) return callback ? super.connect(callback) : super.connect();
    const opened = this.seat.open(this, () => super.connect());
    if (!callback) return opened.then(() => this);
    opened.then(() => callback(null as unknown as Error), callback);
  }

  /** No work is in hand. */
  get isIdle(): boolean {
    return false;
  }

  /** Gives up on a connection that may not even hear a goodbye. */
  cut(): void {
    this.wire.stream.destroy();
  }

  get wire(): WireConnection {
    return (this as unknown as { connection: WireConnection }).connection;
  }
}
