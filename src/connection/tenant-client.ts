import type pg from 'pg';
import type { Scope } from '../context/tenant-scope.js';
import { TenantMismatchError } from '../errors/tenant-mismatch.error.js';
import { AnnouncedStreams } from './announced-streams.js';
import type { Preamble } from './binding.js';
import { BoundQuery, type Group, bindSubmittable } from './bound-query.js';
import type { ConnectionPlan, Serves } from './connection-plan.js';
import { isFatal } from './connection-loss.js';
import { watchedDone, watchedEnd } from './connection-watch.js';
import { closedUnit } from './explained-error.js';
import { type Frame, GroupSender } from './group-sender.js';
import { PreparedNames } from './prepared-names.js';
import { guarded } from './replicas/replay-guard.js';
import type { UnitInHand, WriteNotes } from './replicas/write-notes.js';
import type { CachedStatement } from '../sql/statement-cache.js';
import type { SignedSession } from './signed/signed-session.js';
import { refuseStatement } from './statement-refusal.js';
import { scopeOfStatement } from './statement-scope.js';
import {
  type Config,
  type Done,
  asSubmittable,
  failed,
  textOf,
  toConfig,
  undone,
} from './statement-request.js';
import { type TenantClientConfig, withSession } from './tenant-client-config.js';
import { SeatedClient } from './transport/seated-client.js';
import { type WireConnection, type WireQuery, baseClient } from './wire.js';

/**
 * The connection that binds whom it acts for to each statement. The context is read when a
 * statement is handed over, in the caller's own asynchronous context, and compared with the one
 * that the unit of work began with.
 */
export class TenantClient extends SeatedClient {
  readonly plan: ConnectionPlan;
  readonly serves: Serves;
  private readonly names: PreparedNames;
  private readonly session: SignedSession = { process: undefined, key: undefined };
  private readonly writeNotes: WriteNotes | undefined;
  private unit: UnitInHand | undefined;
  private controlsInFlight = 0;
  private endingsInFlight = 0;
  private streamsInFlight = 0;
  private isLost = false;
  readonly streams = new AnnouncedStreams();
  readonly openedAt = performance.now();
  /** Of node-postgres, whose types leave them out. */
  declare readonly ref: () => void;
  declare readonly unref: () => void;
  private readonly sender: GroupSender;
  /** The group in hand is a transaction of its own. */
  private wraps = false;
  private isUndoing = false;

  constructor(config: TenantClientConfig) {
    super(withSession(config));
    this.plan = config.plan;
    this.writeNotes = config.readsOnly ? undefined : config.plan.writeNotes;
    this.serves = config.serves;
    this.names = new PreparedNames(this.plan);
    this.sender = new GroupSender(this.plan, this.names);
    // Where no password is at hand, node-postgres would leave the server waiting for it.
    this.wire.on('error', () => this.cut());
  }

  /** Called by the pool on checkout, with the scope of whoever asked for the connection. */
  beginUnit(scope: Scope | undefined): void {
    this.unit = { scope, hasWritten: false };
  }

  override get isIdle(): boolean {
    return this.unit === undefined;
  }

  /** From here on a statement of this unit fails on a replica that has not come as far. */
  demandReplayed(position: string): void {
    if (this.unit) this.unit.replayedTo = position;
  }

  /** Answers whether the connection is clean: no transaction or stream open, none about to open. */
  endUnit(): boolean {
    this.unit = undefined;
    this.streams.clear();
    if (this.isLost || this.seat?.takesWrites === false) return false;
    return this.controlsInFlight + this.streamsInFlight === 0 && !this.isInTransaction();
  }

  /** Sends a statement as it is, for the pool's own checks before any unit of work begins. */
  bare<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    return super.query<Row>(text, values);
  }

  /** Which process of the server the bindings of this connection are signed for. */
  async learnProcess(): Promise<void> {
    const { rows } = await this.bare<{ process: string }>(
      'select pg_backend_pid()::text as process',
    );
    this.session.process = rows[0]?.process;
  }

  // Overloads of node-postgres cannot be re-declared one by one; the base class types the callers.
  override query(...given: unknown[]): never {
    return this.answer(given) as never;
  }

  /** The answer to a statement of a unit of work that has ended. */
  refuseClosed(...[config, second, third]: unknown[]): unknown {
    const callback = [second, third].find((one) => typeof one === 'function') as Done | undefined;
    return failed(closedUnit(), callback, asSubmittable(config), this.wire);
  }

  private answer([config, second, third]: unknown[]): unknown {
    const values = Array.isArray(second) ? second : undefined;
    const callback = [second, third].find((one) => typeof one === 'function') as Done | undefined;
    const submittable = asSubmittable(config);
    try {
      const request: Config = submittable
        ? this.streams.request(textOf(submittable))
        : toConfig(config, values);
      if (!this.unit) throw closedUnit();
      const scope = scopeOfStatement(this.unit, this, request, (problem) => this.poisoned(problem));
      if (!scope || scope.kind === 'owner')
        return super.query(config as string, second as never, third as never);
      const statement = this.plan.statements.get(request.text);
      // It would run after the transaction that its sender believes to be in.
      if (this.endingsInFlight > 0 && statement.kind !== 'control') throw closedUnit();
      this.plan.writeGuard?.check(statement, request);
      refuseStatement(statement, scope, request, this.plan.walls);
      if (submittable) return this.sendSubmittable(submittable, statement, scope, request.text);
      return this.send(request, statement, scope, callback ?? request.callback);
    } catch (error) {
      return failed(error as Error, callback, submittable, this.wire);
    }
  }

  private sendSubmittable(
    query: WireQuery,
    statement: CachedStatement,
    scope: Scope,
    text: string,
  ): unknown {
    this.streamsInFlight++;
    const noteWrite = this.writeNotes?.begin(this.unit, statement, text);
    const { watch } = this.plan;
    const ended = watch && watchedEnd(watch, statement, textOf(query));
    bindSubmittable(query, this.groupFor(statement, scope), (error) => {
      ended?.(error);
      this.streamsInFlight--;
      this.isLost ||= isFatal(error);
      noteWrite?.();
    });
    return super.query(query as unknown as pg.Submittable);
  }

  private send(
    request: Config,
    statement: CachedStatement,
    scope: Scope,
    callback: Done | undefined,
  ): Promise<pg.QueryResult> | undefined {
    if (callback) {
      this.attempt(request, statement, scope, callback);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.attempt(request, statement, scope, (error, result) => {
        if (error) reject(error);
        else resolve(result as pg.QueryResult);
      });
    }).catch((error: Error) => {
      Error.captureStackTrace(error);
      throw error;
    }) as Promise<pg.QueryResult>;
  }

  /** A stale prepared statement is prepared anew, once, where no transaction has been lost by it. */
  private attempt(
    request: Config,
    statement: CachedStatement,
    scope: Scope,
    asked: Done,
    again = true,
  ): void {
    const unit = this.unit;
    const { watch } = this.plan;
    const done = watch && again ? watchedDone(watch, statement, request.text, asked) : asked;
    const name = this.names.nameFor(statement, request);
    const group = this.groupFor(statement, scope, name);
    const query = new BoundQuery({ ...request, name } as pg.QueryConfig, group);
    const [controls, endings] = [Number(statement.kind === 'control'), Number(statement.ends)];
    this.controlsInFlight += controls;
    this.endingsInFlight += endings;
    const noteWrite = this.writeNotes?.begin(unit, statement, request.text);
    query.callback = (error, result) => {
      noteWrite?.();
      this.controlsInFlight -= controls;
      this.endingsInFlight -= endings;
      this.isLost ||= isFatal(error);
      const stale = error !== null && this.names.recover(error, request.text, this.wire);
      const undisturbed = this.unit === unit && this.controlsInFlight === 0;
      const mayRepeat = again && undisturbed && !this.isInTransaction();
      const repeat = () => {
        try {
          this.attempt(request, statement, scope, done, false);
        } catch {
          done(error);
        }
      };
      if (stale && mayRepeat) repeat();
      else if (this.plan.signer?.mayMend(error) && mayRepeat)
        this.whenRenewed(unit, repeat, () => done(error));
      else if (statement.commits && result?.command === 'ROLLBACK') done(undone());
      else done(error, result);
    };
    super.query(query as unknown as pg.Submittable);
  }

  /** The keys may have changed, or the clock of the server: then the same once more. */
  private whenRenewed(unit: TenantClient['unit'], repeat: () => void, giveUp: () => void): void {
    const undisturbed = () => this.unit === unit && !this.isInTransaction();
    const { signer } = this.plan;
    signer?.renew().then(() => (undisturbed() ? repeat() : giveUp()), giveUp);
  }

  private groupFor(statement: CachedStatement, scope: Scope, name?: string): Group {
    const unbound =
      statement.kind === 'control' || (scope.kind === 'system' && statement.kind === 'standalone');
    return {
      preamble: unbound
        ? undefined
        : guarded(this.plan.binding.preambleFor(scope, this.session), this.unit?.replayedTo),
      send: (connection, preamble) => this.sendPreamble(connection, preamble, name),
    };
  }

  private sendPreamble(
    connection: WireConnection,
    preamble: Preamble,
    next: string | undefined,
  ): Frame {
    this.wraps = this.plan.binding.needsTransaction === true && !this.isInTransaction();
    return this.sender.send(connection, preamble, next, this.wraps);
  }

  /** The first answers of a group may be about our statements: they must not mark the user's. */
  protected _handleParseComplete(): void {
    if (!this.sender.parsed(this.wire)) baseClient._handleParseComplete.call(this);
  }

  /** Whoever asked has been answered; this one is about the end of what has failed. */
  protected _handleCommandComplete(message: unknown): void {
    if (!this.isUndoing) baseClient._handleCommandComplete.call(this, message);
  }

  /** A transaction of ours that has failed is ended before anybody else is served. */
  protected _handleReadyForQuery(message: { status: string }): void {
    this.sender.end();
    this.isUndoing = this.wraps && message.status !== 'I';
    this.wraps = false;
    if (this.isUndoing) return this.wire.query('ROLLBACK');
    baseClient._handleReadyForQuery.call(this, message);
    if (!this.isInTransaction()) this.session.key = undefined;
  }

  private isInTransaction(): boolean {
    const status = (
      this as unknown as { getTransactionStatus(): string | null }
    ).getTransactionStatus();
    return status === 'T' || status === 'E';
  }

  /** Closes the connection for good: what it holds may belong to somebody else. */
  private poisoned(problem: string): TenantMismatchError {
    void this.end();
    return new TenantMismatchError({
      problem,
      mend: 'The connection was closed. Finish the work of one tenant before the next begins, and do not share query runners, entities or promises between requests',
    });
  }
}
