import type { PGlite } from '@electric-sql/pglite';

/** The protocol's Sync: ends whatever group the connection before has left unfinished. */
const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);

type Protocol = Pick<PGlite, 'execProtocolStream'>;

/** What node-postgres talks to in place of a socket. */
export interface EngineConnection {
  emit(event: 'end'): boolean;
  end(): void;
}

/**
 * Lends the single session of the engine to one connection after the other. A connection that has
 * ended can neither send any more nor hear answers that are not its own.
 */
export class EmbeddedSession {
  private turn: Turn | undefined;

  constructor(
    private readonly engine: Protocol,
    private readonly connectTo: (engine: PGlite) => { readonly connection: EngineConnection },
  ) {}

  open(): EngineConnection {
    const turn = new Turn(this.engine, this.turn);
    this.turn = turn;
    const { connection } = this.connectTo(turn as unknown as PGlite);
    const end = connection.end.bind(connection);
    connection.end = () => {
      turn.close();
      // The engine's connection forgets its listeners before it says that it has ended.
      connection.emit('end');
      end();
    };
    return connection;
  }
}

/** The engine as one connection sees it. */
class Turn implements Protocol {
  readonly waitReady: Promise<void>;
  private isOpen = true;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Protocol,
    before: Turn | undefined,
  ) {
    this.waitReady = this.takeOver(before);
  }

  execProtocolStream(
    ...given: Parameters<Protocol['execProtocolStream']>
  ): ReturnType<Protocol['execProtocolStream']> {
    if (!this.isOpen) return Promise.resolve([]);
    const answer = this.engine.execProtocolStream(...given);
    this.running = answer.catch(() => undefined);
    return answer;
  }

  close(): void {
    this.isOpen = false;
  }

  private async takeOver(before: Turn | undefined): Promise<void> {
    if (!before) return;
    before.close();
    await before.waitReady;
    await before.running;
    await this.engine.execProtocolStream(SYNC, { throwOnError: false });
  }
}
