import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';
import type { Scope } from '../context/tenant-scope.js';
import { currentScope, holdsOpenTransaction } from '../context/unit-store.js';
import type { AcquireTimeoutError } from '../errors/acquire-timeout.error.js';
import type { ConnectionPlan, Serves } from './connection-plan.js';
import { whileDraining } from './draining.js';
import { HeldConnections, placeTaken } from './held-connections.js';
import { holdersFor } from './holders.js';
import { lend } from './lease.js';
import { ServerWatch } from './server-watch.js';
import { lateFor } from './pinned/pinned-transaction.js';
import { acquireTimeout, singleSession } from './pool-refusals.js';
import { TenantClient } from './tenant-client.js';
import { TenantTurns, type Turn } from './tenant-turns.js';
import type { ServerHosts } from './transport/server-hosts.js';
import { ServerUnfit } from './transport/server-unfit.js';
import { unavailable } from './transport/unavailable.js';

/** Whoever asks for a connection. */
interface Request {
  readonly scope: Scope | undefined;
  /** Where in the code; undefined where nobody wants to know. */
  readonly taken: Error | undefined;
  readonly askedAt: number;
}

type Release = (error?: Error | boolean) => void;
type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: Release,
) => void;

export interface TenantPoolConfig extends pg.PoolConfig {
  readonly plan: ConnectionPlan;
  /** Default: tenants. */
  readonly serves?: Serves;
  readonly readsOnly?: boolean;
  /** Default: as many as there are. */
  readonly maxPerTenant?: number | undefined;
}

/**
 * The pool that TypeORM takes its connections from. Work of the system goes to a pool and a login
 * of its own; each connection begins its unit of work with the scope of whoever asked for it.
 */
export class TenantPool extends pg.Pool {
  readonly held = new HeldConnections();
  private readonly plan: ConnectionPlan;
  private readonly serves: Serves;
  readonly settings: TenantPoolConfig;
  private readonly turns: TenantTurns;
  private systemPool: TenantPool | undefined;

  constructor(config: TenantPoolConfig) {
    const { plan } = config;
    const serves = plan.embedded ? 'all' : (config.serves ?? 'tenants');
    const settings = {
      ...config,
      ...plan.embedded?.poolConfig(),
      serves,
      Client: TenantClient,
      onConnect: (client: pg.ClientBase) => onConnect(client as TenantClient),
    };
    super(settings as unknown as pg.PoolConfig);
    this.plan = plan;
    this.serves = serves;
    this.settings = config;
    this.turns = new TenantTurns(this.options.max, config.maxPerTenant);
    // An accessor of the base class, whose types call it a field.
    Object.defineProperty(this, 'waitingCount', {
      get: () => Reflect.get(pg.Pool.prototype, 'waitingCount', this) + this.turns.waiting,
    });
    this.on('connect', (client) => {
      const { openedAt } = client as unknown as TenantClient;
      plan.watch?.opened(this, performance.now() - openedAt);
      const { servers } = this;
      if (servers && !this.ending)
        servers.watch ??= new ServerWatch(servers, { ...config, serves });
    });
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | void {
    if (!callback) {
      return new Promise((resolve, reject) => {
        this.connect((error, client) => (error ? reject(error) : resolve(client as pg.PoolClient)));
      });
    }
    const scope = currentScope();
    const late = lateFor(this.plan, scope);
    if (late) return callback(late, undefined, () => undefined);
    const seat = this.plan.pinned?.seat(scope);
    if (seat) return callback(undefined, seat.client, () => seat.close());
    if (needsSystem(scope) && this.serves === 'tenants') return this.system().connect(callback);
    const request: Request = {
      scope,
      taken: this.plan.noticesTakers ? placeTaken() : undefined,
      askedAt: this.plan.watch ? performance.now() : 0,
    };
    // A busy pool answers from the context of whoever gave the connection back: restore the caller's.
    const answer = AsyncResource.bind(callback);
    const refusal = this.wouldWaitForItself() ? singleSession() : whileDraining(this.plan);
    if (refusal) return answer(refusal, undefined, () => undefined);
    const renewal = this.serves === 'tenants' ? this.plan.signer?.freshen() : undefined;
    const take = () => this.take(request, answer);
    // Keys that cannot be read are no reason to keep those who might do without new ones.
    if (renewal) void renewal.then(take, take);
    else take();
  }

  private take(request: Request, answer: Connected): void {
    const { scope } = request;
    this.waitForTurn(scope, (error, client, giveBack) => {
      if (error || !client) return answer(error, undefined, giveBack);
      const noteReturn = this.noteTaken(request);
      const lease = lend(client as pg.PoolClient & TenantClient, scope, giveBack, noteReturn);
      answer(undefined, lease.client, lease.giveBack);
    });
  }

  /** The same pool with another login. */
  another(login: pg.PoolConfig, serves: Serves, readsOnly = false): TenantPool {
    const { plan } = this;
    const pool = new TenantPool({ ...this.settings, ...login, plan, serves, readsOnly });
    return pool.on('error', (error) => this.emit('error', error, undefined as never));
  }

  /** The time in the queue and that to connect are one. */
  private waitForTurn(scope: Scope | undefined, answer: Connected): void {
    let timer: NodeJS.Timeout | undefined;
    let isTooLate = false;
    let isOver = false;
    const { servers } = this;
    const connect = (left = servers?.count ?? 1): void =>
      super.connect((error, client, release: Release | undefined) => {
        if (error instanceof ServerUnfit && left > 1 && !isTooLate) return connect(left - 1);
        isOver = true;
        clearTimeout(timer);
        const giveBack = givingBack(release, () => this.turns.giveBack(turn));
        if (isTooLate || error) giveBack();
        if (!isTooLate) answer(this.explained(error, scope), client, giveBack);
      });
    const turn: Turn = {
      key: scope?.kind === 'tenant' ? scope.tenantId : '',
      isCapped: this.settings.maxPerTenant !== undefined && !this.isInsideTransaction(),
      start: () => connect(),
    };
    const ms = this.options.connectionTimeoutMillis;
    // Of several servers each has a time of its own, which together are the whole.
    if ((this.turns.take(turn) && !servers) || !ms || isOver) return;
    timer = setTimeout(() => {
      isTooLate = true;
      const error = this.timeout(scope);
      this.turns.leave(turn);
      answer(error, undefined, () => undefined);
    }, ms).unref();
  }

  /** A connection of the login that may take every role, before any unit of work begins on it. */
  takeForPinning(): Promise<{ client: TenantClient; giveBack: (error?: Error) => void }> {
    if (this.serves === 'tenants') return this.system().takeForPinning();
    return new Promise((resolve, reject) => {
      super.connect((error, client, release) => {
        if (error || !client)
          reject(this.explained(error, undefined) ?? new Error('no connection'));
        else resolve({ client: client as unknown as TenantClient, giveBack: release });
      });
    });
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    const ended = this.endBoth();
    if (!callback) return ended;
    void ended.then(callback, callback);
  }

  /** A connection that is none of the pool's, to the same place and by the same login. */
  outside(name: string): TenantClient {
    const { plan, serves } = this;
    return new TenantClient({ ...this.settings, application_name: name, plan, serves });
  }

  /** The pool that work of the system uses, once there was any. */
  get systemSide(): TenantPool | undefined {
    return this.systemPool;
  }

  /** The servers of its address of which one takes writes; undefined where there is no choice. */
  get servers(): ServerHosts | undefined {
    return this.plan.transport?.hostsOf(this.settings.connectionString);
  }

  private async endBoth(): Promise<void> {
    const { servers } = this;
    const watch = servers?.watch;
    if (servers) servers.watch = undefined;
    await Promise.all([super.end(), this.systemPool?.end(), watch?.end()]);
  }

  private system(): TenantPool {
    this.systemPool ??= this.another(this.plan.systemLogin ?? {}, 'system');
    return this.systemPool;
  }

  /** Answers how to note that it came back. */
  private noteTaken({ scope, taken, askedAt }: Request): () => void {
    const noteReturn = this.held.add(scope, taken);
    const { watch } = this.plan;
    if (!watch) return noteReturn;
    const since = performance.now();
    watch.taken(this, since - askedAt);
    return () => {
      noteReturn();
      watch.returned(this, performance.now() - since, taken);
    };
  }

  private wouldWaitForItself(): boolean {
    return this.plan.embedded !== undefined && this.isInsideTransaction();
  }

  /** Work that holds a connection already must not wait behind its own cap for a second one. */
  private isInsideTransaction(): boolean {
    return this.plan.owner !== undefined && holdsOpenTransaction(this.plan.owner);
  }

  private explained(error: Error | undefined, scope: Scope | undefined): Error | undefined {
    if (!error) return error;
    if (error instanceof ServerUnfit) return this.servers?.noneTakesWrites(error);
    const isTimeout = /timeout exceeded when trying to connect/.test(error.message);
    return isTimeout ? this.timeout(scope, error) : this.told(error);
  }

  /** A connection that could not be made; whatever else went wrong is told as it is. */
  private told(error: Error): Error {
    const wanted = this.plan.transport?.describe(this.settings.connectionString);
    return (wanted && unavailable(error, wanted)) ?? error;
  }

  private timeout(scope: Scope | undefined, cause?: Error): AcquireTimeoutError {
    this.plan.watch?.timedOut(this);
    const holders = holdersFor(this.held.list(), scope);
    const isEmbedded = this.plan.embedded !== undefined;
    return acquireTimeout({ pool: this, holders, isEmbedded, cause });
  }
}

/**
 * First the pool has it back, then the next one takes it; of a second time only the pool hears. Of
 * some failures it gives nothing to give back.
 */
function givingBack(release: Release | undefined, noteReturn: () => void): Release {
  let isBack = false;
  return (error) => {
    const isFirst = !isBack;
    isBack = true;
    try {
      release?.(error);
    } finally {
      if (isFirst) noteReturn();
    }
  };
}

function needsSystem(scope: Scope | undefined): boolean {
  return scope?.kind === 'system' || scope?.kind === 'owner';
}

async function onConnect(client: TenantClient): Promise<void> {
  const { plan, serves } = client;
  if (plan.embedded) {
    // The session outlives its connections: what the one before has left goes first.
    await client.bare('rollback');
    await client.bare('deallocate all');
  }
  await plan.attest?.(client, serves);
  if (plan.signer?.namesProcess) await client.learnProcess();
}
