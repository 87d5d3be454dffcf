import { EventEmitter } from 'node:events';
import type pg from 'pg';
import type { Scope } from '../../context/tenant-scope.js';
import { currentScope } from '../../context/unit-store.js';
import { AttestationError } from '../../errors/attestation.error.js';
import { DatabaseError } from '../../errors/database.error.js';
import { DatabaseUnavailableError } from '../../errors/database-unavailable.error.js';
import type { StatementCache } from '../../sql/statement-cache.js';
import type { AnnouncedStreams } from '../announced-streams.js';
import { isConnectionLoss } from '../connection-loss.js';
import { type Done, asSubmittable, refused, toConfig } from '../statement-request.js';
import type { TenantClient } from '../tenant-client.js';
import { positionText } from './log-position.js';
import type { Replica } from './replica.js';
import type { ReadPlace, ReplicaSet } from './replica-set.js';
import { NOT_REPLAYED } from './replay-guard.js';
import { effectOfStatement } from './write-notes.js';

type Release = (error?: Error) => void;
export type TakePrimary = () => Promise<[TenantClient & pg.PoolClient, Release]>;

interface Lease {
  readonly client: TenantClient & pg.PoolClient;
  readonly release: Release;
  /** Undefined: the primary. */
  readonly replica: Replica | undefined;
}

/** One statement may take two servers down with it, but not all of them. */
const MOST_REPLICAS_TRIED = 2;
/** What a replica may refuse, cancel or not know yet, and the primary need not. */
const PRIMARY_MAY_KNOW =
  /^(?:25006|55000|0A000|40001|40P01|42P01|42703|42704|42883|3F000|26000|XX\d{3})$/;

/**
 * What TypeORM holds as the connection of a read: which server answers is decided by the statement,
 * when it is sent. What a replica fails at is asked again elsewhere, because a read may be.
 */
export class ReadConnection extends EventEmitter {
  private lease: Lease | undefined;
  private scope: Scope | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private staysOnPrimary = false;
  private isEnded = false;

  constructor(
    private readonly set: ReplicaSet,
    private readonly takePrimary: TakePrimary,
    private readonly statements: StatementCache,
  ) {
    super();
  }

  /** Of the server that `settle` has chosen. */
  get streams(): AnnouncedStreams | undefined {
    return this.lease?.client.streams;
  }

  getTransactionStatus(): string | null {
    const { client } = this.lease ?? {};
    return (
      (client as unknown as { getTransactionStatus(): string | null })?.getTransactionStatus() ??
      'I'
    );
  }

  query(...[config, second, third]: unknown[]): unknown {
    // A stream begins where `settle` has said.
    if (asSubmittable(config)) {
      if (!this.lease)
        throw refused('a cursor on a connection for reads has to be asked for by stream()');
      return this.lease.client.query(config as never);
    }
    const values = Array.isArray(second) ? second : undefined;
    const callback = [second, third].find((one) => typeof one === 'function') as Done | undefined;
    // One after the other, as on any connection: a statement may move those that follow elsewhere.
    const answer = this.last.then(() => this.answer(config, values));
    this.last = answer.catch(() => undefined);
    if (!callback) return answer;
    answer.then(
      (result) => callback(null, result),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  /** Takes the connection that a stream of this statement begins on; it stays there. */
  async settle(text: string): Promise<void> {
    await this.leaseFor(text, new Set());
  }

  end(error?: Error): void {
    this.isEnded = true;
    this.giveBack(error);
  }

  private async answer(config: unknown, values: unknown[] | undefined): Promise<pg.QueryResult> {
    const request = toConfig(config, values);
    const tried = new Set<Replica>();
    for (;;) {
      const lease = await this.leaseFor(request.text, tried);
      try {
        return await (lease.client.query(request as never) as unknown as Promise<pg.QueryResult>);
      } catch (error) {
        if (!lease.replica || !this.isWorthAnother(error, lease.replica)) throw error;
        this.giveBack(error as Error);
        tried.add(lease.replica);
      }
    }
  }

  private isWorthAnother(error: unknown, replica: Replica): boolean {
    const { code = '', message = '' } = error as { code?: string; message?: string };
    if (isConnectionLoss(error)) {
      replica.leaveOut(error);
      return true;
    }
    if (message.includes(NOT_REPLAYED)) replica.replayed = 0n;
    this.staysOnPrimary = PRIMARY_MAY_KNOW.test(code);
    return this.staysOnPrimary;
  }

  private async leaseFor(text: string, tried: ReadonlySet<Replica>): Promise<Lease> {
    const statement = this.statements.peek(text);
    const isRead = statement.kind !== 'control' && effectOfStatement(statement, text) !== 'writes';
    const held = this.lease;
    if (held && !held.replica) return held;
    if (held?.replica) {
      const place = isRead && !tried.has(held.replica) && this.set.stillFits(held.replica);
      if (place) return demanding(held, place);
      this.giveBack();
    }
    const isForReplica = isRead && !this.staysOnPrimary;
    return (isForReplica && (await this.onReplica(tried))) || this.onPrimary();
  }

  private async onReplica(tried: ReadonlySet<Replica>): Promise<Lease | undefined> {
    const failed = new Set(tried);
    while (failed.size < MOST_REPLICAS_TRIED) {
      const place = await this.set.place(failed);
      if (!place) return undefined;
      const { replica } = place;
      try {
        const client = (await replica.pool.connect()) as TenantClient & pg.PoolClient;
        const release: Release = (error) => client.release(error);
        return demanding(this.hold({ client, release, replica }), place);
      } catch (error) {
        if (!isOfReplica(error)) throw error;
        replica.leaveOut(error);
        failed.add(replica);
      }
    }
    return undefined;
  }

  private async onPrimary(): Promise<Lease> {
    const [client, release] = await this.takePrimary();
    return this.hold({ client, release, replica: undefined });
  }

  private hold(lease: Lease): Lease {
    if (this.isEnded) {
      // What is sent on it is refused from here on.
      lease.release();
      return lease;
    }
    this.scope ??= currentScope();
    // What was begun for one tenant is not continued for another, whichever connection comes next.
    lease.client.beginUnit(this.scope);
    lease.client.on('error', this.onLost);
    this.lease = lease;
    return lease;
  }

  /** The statement under way hears of it as well. */
  private readonly onLost = (): void => undefined;

  private giveBack(error?: Error): void {
    const { lease } = this;
    this.lease = undefined;
    if (!lease) return;
    lease.client.removeListener('error', this.onLost);
    lease.release(error && isConnectionLoss(error) ? error : undefined);
  }
}

/** What is ours to say is thrown: such as that the pool is used up, which the primary could not bear either. */
function isOfReplica(error: unknown): boolean {
  const isUnfit = error instanceof AttestationError || error instanceof DatabaseUnavailableError;
  return isUnfit || !(error instanceof DatabaseError);
}

function demanding(lease: Lease, { after }: ReadPlace): Lease {
  if (after !== undefined) lease.client.demandReplayed(positionText(after));
  return lease;
}
