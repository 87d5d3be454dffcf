import { AsyncResource } from 'node:async_hooks';
import pg from 'pg';
import type { Scope } from '../context/tenant-scope.js';
import { currentScope, holdsOpenTransaction } from '../context/unit-store.js';
import { AcquireTimeoutError } from '../errors/acquire-timeout.error.js';
import { EmbeddedEngineError } from '../errors/embedded-engine.error.js';
import type { ConnectionPlan, Serves } from './connection-plan.js';
import { lend } from './lease.js';
import { TenantClient } from './tenant-client.js';

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

export interface TenantPoolConfig extends pg.PoolConfig {
  readonly plan: ConnectionPlan;
  /** Default: tenants. */
  readonly serves?: Serves;
}

/**
 * The pool that TypeORM takes its connections from. Work of the system goes to a pool and a login
 * of its own; each connection begins its unit of work with the scope of whoever asked for it.
 */
export class TenantPool extends pg.Pool {
  private readonly plan: ConnectionPlan;
  private readonly serves: Serves;
  private readonly settings: TenantPoolConfig;
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
    if (needsSystem(scope) && this.serves === 'tenants') return this.system().connect(callback);
    // A busy pool answers from the context of whoever gave the connection back: restore the caller's.
    const answer = AsyncResource.bind(callback);
    if (this.wouldWaitForItself()) return answer(singleSession(), undefined, () => undefined);
    super.connect((error, client, release) => {
      if (error || !client) answer(this.explained(error), undefined, release);
      else {
        const lease = lend(client as pg.PoolClient & TenantClient, scope, release);
        answer(undefined, lease.client, lease.giveBack);
      }
    });
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | void {
    const ended = this.endBoth();
    if (!callback) return ended;
    void ended.then(callback, callback);
  }

  /** The pool that work of the system uses, once there was any. */
  get systemSide(): TenantPool | undefined {
    return this.systemPool;
  }

  private async endBoth(): Promise<void> {
    await Promise.all([super.end(), this.systemPool?.end()]);
  }

  private system(): TenantPool {
    this.systemPool ??= new TenantPool({
      ...this.settings,
      ...this.plan.systemLogin,
      plan: this.plan,
      serves: 'system',
    }).on('error', (error) => this.emit('error', error, undefined as never));
    return this.systemPool;
  }

  private wouldWaitForItself(): boolean {
    return (
      this.plan.embedded !== undefined &&
      this.plan.owner !== undefined &&
      holdsOpenTransaction(this.plan.owner)
    );
  }

  private explained(error: Error | undefined): Error | undefined {
    if (!error || !/timeout exceeded when trying to connect/.test(error.message)) return error;
    const given = { total: this.totalCount, idle: this.idleCount, waiting: this.waitingCount };
    return new AcquireTimeoutError({
      problem: `No connection became free within ${this.options.connectionTimeoutMillis} ms (${given.total} open, ${given.idle} idle, ${given.waiting} waiting)`,
      mend: this.plan.embedded
        ? 'The embedded engine has a single session, and some work holds it in a transaction: let it finish, or give the application a server through DATABASE_URL'
        : 'Look for transactions and query runners that are not released, or raise pool.max',
      cause: error,
      given,
    });
  }
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
}

function singleSession(): EmbeddedEngineError {
  return new EmbeddedEngineError({
    problem:
      'This work was started inside a transaction and asks for a connection of its own, but the embedded engine has a single session, which that transaction holds',
    mend: 'Do the work before or after the transaction, or give the application a server through DATABASE_URL',
  });
}
