import { Injectable } from '@nestjs/common';
import { TenantContextMissingError } from '../errors/tenant-context-missing.error.js';
import { TenantSwitchError } from '../errors/tenant-switch.error.js';
import { checkedReadAfter, checkedReason, checkedTenantId, checkedTrace } from './scope-input.js';
import { systemWork } from './system-work.js';
import { actsForTheSame, type Scope, type TenantScope, type Trace } from './tenant-scope.js';
import type { RetryOptions } from './transaction-retry.js';
import { currentUnit, runInScope } from './unit-store.js';

export interface TenantContextInput extends Trace {
  readonly tenantId: string;
  /** What `writeMark()` told an earlier unit of work: reads see what that one has written. */
  readonly readAfter?: string;
}

/** Whatever can run work in a transaction; the data source, seen from above. */
export interface TransactionHost {
  joinTransaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T>;
  writeMark(): Promise<string | undefined>;
}

export interface TransactionOptions {
  readonly isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  /** Inside a running transaction: open a savepoint, so that a failure undoes only this part. */
  readonly savepoint?: boolean;
  /**
   * Runs the whole transaction again where PostgreSQL ended it because of another one: `work` is
   * called anew. Not inside a running transaction: there the error goes up to whoever opened it.
   */
  readonly retry?: boolean | RetryOptions;
}

/**
 * Who is asking. A singleton over AsyncLocalStorage: inject it, or call it statically where there
 * is nothing to inject into.
 */
@Injectable()
export class TenantContext {
  constructor(private readonly host: TransactionHost) {}

  /** Runs `work` for one tenant; everything it awaits belongs to that tenant. */
  static run<T>(input: TenantContextInput, work: () => T): T {
    const scope: TenantScope = Object.freeze({
      kind: 'tenant',
      tenantId: checkedTenantId(input?.tenantId),
      ...checkedTrace(input),
    });
    return runInScope(scope, work, mayKeepTransactions(scope), checkedReadAfter(input.readAfter));
  }

  /** Runs `work` across tenants under the system role. The reason is mandatory and recorded. */
  static runAsSystem<T>(reason: string, work: () => T, trace: Trace = {}): T {
    const scope = Object.freeze({
      kind: 'system',
      reason: checkedReason(reason),
      ...inheritedTrace(),
      ...checkedTrace(trace),
    } as const);
    systemWork.record(scope);
    const current = currentUnit()?.scope;
    return runInScope(scope, work, current !== undefined && actsForTheSame(current, scope));
  }

  /** Runs `work` that touches shared tables only. */
  static runTenantless<T>(reason: string, work: () => T, trace: Trace = {}): T {
    const scope = Object.freeze({
      kind: 'tenantless',
      reason: checkedReason(reason),
      ...checkedTrace(trace),
    } as const);
    return runInScope(scope, work, mayKeepTransactions(scope));
  }

  /** The tenant of the work in hand, or undefined. */
  static current(): TenantScope | undefined {
    const scope = currentUnit()?.scope;
    return scope?.kind === 'tenant' ? scope : undefined;
  }

  /** The tenant of the work in hand, or an error. */
  static require(): TenantScope {
    return requireTenant(currentUnit()?.scope);
  }

  run<T>(input: TenantContextInput, work: () => T): T {
    return TenantContext.run(input, work);
  }

  runAsSystem<T>(reason: string, work: () => T, trace?: Trace): T {
    return TenantContext.runAsSystem(reason, work, trace);
  }

  runTenantless<T>(reason: string, work: () => T, trace?: Trace): T {
    return TenantContext.runTenantless(reason, work, trace);
  }

  current(): TenantScope | undefined {
    return TenantContext.current();
  }

  require(): TenantScope {
    return TenantContext.require();
  }

  /** Joins a running transaction or opens one; every repository used inside takes part. */
  transaction<T>(work: () => Promise<T>, options?: TransactionOptions): Promise<T> {
    return this.host.joinTransaction(work, options);
  }

  /**
   * With replicas: a token for the next request of whoever has written here, which hands it in as
   * `readAfter`. Undefined if nothing was written.
   */
  writeMark(): Promise<string | undefined> {
    return this.host.writeMark();
  }
}

/** The tenant of a scope, or the error that says how to get one. */
export function requireTenant(scope: Scope | undefined): TenantScope {
  if (scope?.kind === 'tenant') return scope;
  throw new TenantContextMissingError({
    problem: scope
      ? `This work runs as ${scope.kind} ("${scope.reason}") and has no tenant`
      : 'No tenant is known for this work',
    mend: 'Run it inside TenantContext.run({ tenantId }, work), mark the route @Tenantless(reason), or use TenantContext.runAsSystem(reason, work)',
  });
}

/** Same tenant: the transaction goes on. Another tenant in the middle of one: refused. */
function mayKeepTransactions(next: Scope): boolean {
  const unit = currentUnit();
  if (!unit?.scope || actsForTheSame(unit.scope, next)) return true;
  const open = [...unit.transactions.values()].some((transaction) => !transaction.isReleased);
  if (!open || unit.scope.kind === 'system') return false;
  throw new TenantSwitchError({
    problem: 'Another tenant was asked for inside a running transaction',
    mend: 'Commit first, or do the work of the other tenant before or after this transaction',
  });
}

function inheritedTrace(): Trace {
  const scope = currentUnit()?.scope;
  return {
    ...(scope?.actorId === undefined ? {} : { actorId: scope.actorId }),
    ...(scope?.requestId === undefined ? {} : { requestId: scope.requestId }),
  };
}
