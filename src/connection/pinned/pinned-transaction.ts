import { AsyncLocalStorage } from 'node:async_hooks';
import type pg from 'pg';
import type { Scope } from '../../context/tenant-scope.js';
import { currentScope } from '../../context/unit-store.js';
import { UnitOfWorkClosedError } from '../../errors/unit-of-work-closed.error.js';
import type { ConnectionPlan } from '../connection-plan.js';
import { undone } from '../statement-request.js';
import type { TenantClient } from '../tenant-client.js';
import { PinnedSeat } from './pinned-seat.js';
import { type Level, Turns } from './turns.js';

const GUARD = 'rowguard_statement';
const HAS_FAILED = '25P02';
const LONGEST_GOODBYE_MS = 2_000;
/** The owner of the schema acts as the login, without what the statement before was bound to. */
const AS_LOGIN = `;select set_config('role','none',true)${['tenant_id', 'actor_id', 'request_id', 'reason', 'trace'].map((name) => `,set_config('rowguard.${name}','',true)`).join('')}`;

export interface PinnedOptions {
  readonly plan: ConnectionPlan;
  readonly client: TenantClient;
  /** Gives the connection back; with an error it is closed. */
  readonly giveBack: (error?: Error) => void;
  /** What checks at the end of a transaction, as SQL that has it check now; empty: nothing does. */
  readonly checkNow: string;
  readonly patienceMs: number;
}

/** Asks for a part of its own inside of the part that the work in hand is in. */
class PartAsked {
  constructor(readonly inside: Level | undefined) {}
}

/** Work that was started inside of a pinned transaction keeps to it. */
const homes = new AsyncLocalStorage<Home>();

/** Units of work from elsewhere, such as requests, that have taken part in a pinned transaction. */
const guests = new WeakMap<Scope, PinnedTransaction>();

interface Home {
  readonly pin: PinnedTransaction;
  readonly outer: Home | undefined;
}

/**
 * One transaction on one connection in which everything takes part that a data source does,
 * whoever asks and for whom, until it is rolled back. For tests: an application never opens one.
 */
export class PinnedTransaction {
  readonly owner: object;
  readonly turns: Turns;
  private readonly setsAppRole: boolean;
  private readonly seats = new Set<PinnedSeat>();
  private readonly parts = new AsyncLocalStorage<Level>();
  private pending = '';
  private count = 0;

  private constructor(private readonly options: PinnedOptions) {
    const { plan } = options;
    this.owner = plan.owner ?? plan;
    this.turns = new Turns(options.patienceMs);
    this.setsAppRole = plan.setsAppRole;
  }

  static async begin(options: PinnedOptions): Promise<PinnedTransaction> {
    const pin = new PinnedTransaction(options);
    const { client, plan } = options;
    try {
      await client.bare('START TRANSACTION');
    } catch (error) {
      options.giveBack(error as Error);
      throw error;
    }
    client.setMaxListeners(0);
    // Its login may be more than a tenant, so that every statement has to take the role first.
    plan.setsAppRole = true;
    plan.pinned = pin;
    return pin;
  }

  /** A connection for one unit of work. */
  seat(scope: Scope | undefined): PinnedSeat {
    // Scopes of other kinds are used again and again.
    const isOfOneUnit = scope?.kind === 'tenant' || scope?.kind === 'system';
    if (isOfOneUnit && !isAtHome(this)) guests.set(scope, this);
    const seat = new PinnedSeat(this, this.options.client, scope);
    this.seats.add(seat);
    return seat;
  }

  /** Runs `work` so that what it leaves running cannot reach whatever comes after this transaction. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return homes.run({ pin: this, outer: homes.getStore() }, work);
  }

  /**
   * A part that is undone before the rest, open to everybody. Parts that are asked for at once come
   * one after the other: savepoints end in the order of a stack.
   */
  async undone<T>(work: () => Promise<T>): Promise<T> {
    const level: Level = {
      admits: (seat) => !(seat instanceof PartAsked) || seat.inside === level,
    };
    const name = await this.turns.take(new PartAsked(this.parts.getStore()), async () => {
      const opened = await this.openSavepoint();
      this.turns.open(level);
      return opened;
    });
    try {
      return await this.parts.run(level, work);
    } finally {
      await this.turns.end(level, () => this.dropSavepoint(name));
    }
  }

  /** Past every check and every wall: what a test looks at the database with, as the login itself. */
  bare<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return this.turns.take(this, () =>
      this.alone(async () => (await this.options.client.bare<Row>(sql, values)).rows, AS_LOGIN),
    );
  }

  async rollBack(): Promise<void> {
    const { plan, client, giveBack } = this.options;
    plan.pinned = undefined;
    plan.setsAppRole = this.setsAppRole;
    for (const seat of this.seats) seat.forget();
    this.turns.closeAll();
    client.setMaxListeners(10);
    try {
      await soon(this.turns.take(this, () => client.bare('ROLLBACK')));
      giveBack();
    } catch (error) {
      giveBack(error as Error);
    }
  }

  /** A statement outside of any transaction: if it fails, only it is undone. */
  async alone<T>(send: () => Promise<T>, before = ''): Promise<T> {
    const asLogin = before === '' && currentScope()?.kind === 'owner' ? AS_LOGIN : before;
    await this.control(`${this.pending}SAVEPOINT ${GUARD}${asLogin}`);
    this.pending = `RELEASE SAVEPOINT ${GUARD};`;
    try {
      const result = await send();
      if (this.options.checkNow !== '') await this.control(this.options.checkNow);
      return result;
    } catch (error) {
      await this.control(`ROLLBACK TO SAVEPOINT ${GUARD}`);
      throw error;
    }
  }

  /** A statement inside of a transaction of its sender. */
  async within<T>(send: () => Promise<T>): Promise<T> {
    if (currentScope()?.kind === 'owner') await this.control(AS_LOGIN.slice(1));
    return send();
  }

  async openSavepoint(): Promise<string> {
    const name = `rowguard_${++this.count}`;
    await this.control(`${this.pending}SAVEPOINT ${name}`);
    this.pending = '';
    return name;
  }

  /** As a COMMIT would: what is deferred is checked, and a transaction that has failed is undone. */
  async keepSavepoint(name: string): Promise<void> {
    this.pending = '';
    try {
      const { checkNow } = this.options;
      await this.control(`${checkNow === '' ? '' : `${checkNow};`}RELEASE SAVEPOINT ${name}`);
    } catch (error) {
      await this.dropSavepoint(name);
      throw (error as { code?: string }).code === HAS_FAILED ? undone() : error;
    }
  }

  async dropSavepoint(name: string): Promise<void> {
    this.pending = '';
    await this.control(`ROLLBACK TO SAVEPOINT ${name};RELEASE SAVEPOINT ${name}`);
  }

  leave(seat: PinnedSeat): void {
    this.seats.delete(seat);
  }

  /** A transaction that was left open when its connection was given back. */
  abandon(seat: PinnedSeat, name: string): void {
    void this.turns
      .take(seat, () => this.dropSavepoint(name))
      .catch(() => undefined)
      .finally(() => this.turns.close(seat));
  }

  private async control(sql: string): Promise<void> {
    await this.options.client.bare(sql);
  }
}

/** Whether work asks in vain: it was started in a test that is over. */
export function lateFor(
  plan: ConnectionPlan,
  scope: Scope | undefined,
): UnitOfWorkClosedError | undefined {
  const host = scope && guests.get(scope);
  if (host && host.owner === plan.owner && host !== plan.pinned) return late();
  for (let home = homes.getStore(); home; home = home.outer) {
    if (home.pin.owner === plan.owner && home.pin !== plan.pinned) return late();
  }
  return undefined;
}

function isAtHome(pin: PinnedTransaction): boolean {
  for (let home = homes.getStore(); home; home = home.outer) if (home.pin === pin) return true;
  return false;
}

async function soon(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('still at work')), LONGEST_GOODBYE_MS);
  });
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

function late(): UnitOfWorkClosedError {
  return new UnitOfWorkClosedError({
    problem: 'Work that was started in a test went on after the test was rolled back',
    mend: 'Await everything that the test starts before it ends',
  });
}
