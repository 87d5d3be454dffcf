import type { Preamble } from './binding.js';
import type { ConnectionPlan } from './connection-plan.js';
import type { PreparedNames } from './prepared-names.js';
import type { WireConnection } from './wire.js';

/** What stands around the caller's statement in its group. */
export interface Frame {
  /** Statements before it, whose answers are not for the caller. */
  readonly before: number;
  /** Sends what has to come before the Sync; the caller's statement talks through this connection. */
  readonly through: WireConnection;
  /** The end of the transaction has been sent: what is answered now is about that. */
  readonly isOver: () => boolean;
}

const BEGIN: Preamble = { name: 'rowguard_begin', text: 'BEGIN', values: [] };
const COMMIT: Preamble = { name: 'rowguard_commit', text: 'COMMIT', values: [] };

/** Sends the statements that bind, into the group of the one that they are for. */
export class GroupSender {
  private awaited: Preamble[] = [];

  constructor(
    private readonly plan: ConnectionPlan,
    private readonly names: PreparedNames,
  ) {}

  /** `wraps`: the group is to be a transaction of its own, from a BEGIN to a COMMIT. */
  send(
    connection: WireConnection,
    preamble: Preamble,
    next: string | undefined,
    wraps: boolean,
  ): Frame {
    this.names.beginGroup();
    // First, because the server skips it after an error: then both sides would count differently.
    if (next) this.names.makeRoom(next, connection);
    if (!wraps) {
      this.run(connection, preamble);
      return { before: 1, through: connection, isOver: () => false };
    }
    // Prepared before the caller's statement is, so that their answers come before its own.
    if (this.plan.named) this.prepare(connection, COMMIT);
    this.run(connection, BEGIN);
    this.run(connection, preamble);
    let isOver = false;
    const commit = () => {
      isOver = true;
      this.run(connection, COMMIT);
    };
    return { before: 2, through: committing(connection, commit), isOver: () => isOver };
  }

  /** True if the answer was to a statement of ours; the caller's must not be marked as prepared. */
  parsed(connection: WireConnection): boolean {
    const preamble = this.awaited.shift();
    if (preamble && this.plan.named)
      this.names.preambleParsed(preamble.name, preamble.text, connection);
    return preamble !== undefined;
  }

  /** Whatever the group was, its messages are over. */
  end(): void {
    this.awaited = [];
  }

  private run(connection: WireConnection, one: Preamble): void {
    const statement = this.prepare(connection, one);
    connection.bind({ portal: '', statement, values: one.values, valueMapper: asIs });
    connection.execute({ portal: '' });
  }

  private prepare(connection: WireConnection, one: Preamble): string {
    const statement = this.plan.named ? one.name : '';
    const isThere =
      statement !== '' &&
      (connection.parsedStatements[statement] !== undefined || this.awaited.includes(one));
    if (!isThere) {
      connection.parse({ name: statement, text: one.text });
      // Without names the last one is sent behind the caller's, and nobody has to know of it.
      if (statement !== '' || one !== COMMIT) this.awaited.push(one);
    }
    return statement;
  }
}

/** The same connection, which ends the transaction before it ends the group. */
function committing(connection: WireConnection, commit: () => void): WireConnection {
  return new Proxy(connection, {
    get(target, name) {
      if (name === 'sync') {
        return () => {
          commit();
          target.sync();
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function asIs(value: string): string {
  return value;
}
