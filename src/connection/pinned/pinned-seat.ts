import type pg from 'pg';
import type { Scope } from '../../context/tenant-scope.js';
import { openTransactionsOf } from '../../context/unit-store.js';
import { AnnouncedStreams } from '../announced-streams.js';
import { closedUnit } from '../explained-error.js';
import { asSubmittable, type Config, type Done, textOf, toConfig } from '../statement-request.js';
import type { TenantClient } from '../tenant-client.js';
import type { WireQuery } from '../wire.js';
import type { PinnedTransaction } from './pinned-transaction.js';
import type { Level } from './turns.js';
import { cursorOf, feed } from './whole-stream.js';

const BEGINS = /^\s*(?:START\s+TRANSACTION|BEGIN)\b/i;
const COMMITS = /^\s*(?:COMMIT|END)\b/i;
const ROLLS_BACK = /^\s*(?:ROLLBACK|ABORT)\s*(?:WORK|TRANSACTION)?\s*;?\s*$/i;

type Send = TenantClient['query'];

/**
 * A connection as one unit of work sees it, while all units share one. What begins a transaction
 * here opens a savepoint; everything else is checked and bound as on a connection of its own.
 */
export class PinnedSeat implements Level {
  /** What the work is given. */
  readonly client: pg.PoolClient;
  private readonly front: TenantClient;
  private isOpen = true;
  private savepoint: string | undefined;

  constructor(
    private readonly shared: PinnedTransaction,
    base: TenantClient,
    scope: Scope | undefined,
  ) {
    this.front = frontOf(base, scope);
    const query = (...given: unknown[]) => this.query(...given);
    const release = () => this.close();
    this.client = new Proxy(base, {
      get: (_, key) => {
        if (key === 'query') return query;
        if (key === 'release') return release;
        const value: unknown = Reflect.get(this.front, key);
        return typeof value === 'function' ? (value.bind(this.front) as unknown) : value;
      },
    }) as unknown as pg.PoolClient;
  }

  /** The seat itself, and work that was started inside of its transaction. */
  admits(seat: object): boolean {
    if (seat === this) return true;
    return openTransactionsOf(this.shared.owner).some(
      (runner) => (runner as { databaseConnection?: unknown }).databaseConnection === this.client,
    );
  }

  /** Whoever left a transaction open loses it, as when a connection is given back. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.shared.leave(this);
    if (this.savepoint !== undefined) this.shared.abandon(this, this.savepoint);
  }

  /** The whole transaction ends, and this part with it. */
  forget(): void {
    this.isOpen = false;
    this.savepoint = undefined;
  }

  private query(...[config, second, third]: unknown[]): unknown {
    const callback = [second, third].find((one) => typeof one === 'function') as Done | undefined;
    const submittable = asSubmittable(config);
    if (submittable) return this.stream(submittable);
    const request = toConfig(config, Array.isArray(second) ? second : undefined);
    const done = callback ?? request.callback;
    const answer = this.answer(request);
    if (!done) return answer;
    answer.then(
      (result) => done(null, result),
      (error: Error) => done(error),
    );
    return undefined;
  }

  private stream(stream: WireQuery): WireQuery {
    const cursor = cursorOf(stream);
    const { text, values = cursor.values ?? [] } = this.front.streams.request(textOf(stream));
    feed(
      cursor,
      this.answer({ text, values }).then((result) => result.rows as unknown[]),
    );
    return stream;
  }

  private answer(request: Config): Promise<pg.QueryResult> {
    return this.shared.turns.take(this, () => {
      if (!this.isOpen) throw closedUnit();
      const { text } = request;
      if (BEGINS.test(text)) return this.begin();
      if (COMMITS.test(text)) return this.commit();
      if (ROLLS_BACK.test(text)) return this.rollBack();
      const { callback: _, ...plain } = request;
      const send = () => (this.front.query as Send)(plain) as Promise<pg.QueryResult>;
      return this.savepoint === undefined ? this.shared.alone(send) : this.shared.within(send);
    });
  }

  /** The second one is a mistake that PostgreSQL warns of and forgives. */
  private async begin(): Promise<pg.QueryResult> {
    if (this.savepoint !== undefined) return said('BEGIN');
    const name = await this.shared.openSavepoint();
    this.savepoint = name;
    this.shared.turns.open(this);
    return said('START TRANSACTION');
  }

  private async commit(): Promise<pg.QueryResult> {
    const name = this.savepoint;
    if (name === undefined) return said('COMMIT');
    this.savepoint = undefined;
    try {
      await this.shared.keepSavepoint(name);
    } finally {
      this.shared.turns.close(this);
    }
    return said('COMMIT');
  }

  private async rollBack(): Promise<pg.QueryResult> {
    const name = this.savepoint;
    if (name === undefined) return said('ROLLBACK');
    this.savepoint = undefined;
    try {
      await this.shared.dropSavepoint(name);
    } finally {
      this.shared.turns.close(this);
    }
    return said('ROLLBACK');
  }
}

/** The checks of the client itself, with what it knows of one unit of work kept apart. */
function frontOf(base: TenantClient, scope: Scope | undefined): TenantClient {
  const own: Record<PropertyKey, unknown> = {
    unit: { scope },
    serves: 'all',
    controlsInFlight: 0,
    endingsInFlight: 0,
    streamsInFlight: 0,
    isLost: false,
    streams: new AnnouncedStreams(),
    // A mismatch closes the connection of the work that it is found in, and that is this seat.
    end: () => {
      own['unit'] = undefined;
      return Promise.resolve();
    },
  };
  return new Proxy(base, {
    get: (target, key, front) => (key in own ? own[key] : Reflect.get(target, key, front)),
    set: (target, key, value) => {
      if (!(key in own)) return Reflect.set(target, key, value);
      own[key] = value;
      return true;
    },
  });
}

function said(command: string): pg.QueryResult {
  return { command, rowCount: 0, oid: 0, fields: [], rows: [] };
}
