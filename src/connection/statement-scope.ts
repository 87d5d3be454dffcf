import { builtStatement, sentAsBuilt } from '../context/built-statement.js';
import { requireTenant } from '../context/tenant-context.js';
import { type Scope, actsForTheSame } from '../context/tenant-scope.js';
import { currentScope } from '../context/unit-store.js';
import type { ConnectionPlan, Serves } from './connection-plan.js';
import type { UnitInHand } from './replicas/write-notes.js';
import type { Config } from './statement-request.js';

interface Connection {
  readonly plan: ConnectionPlan;
  readonly serves: Serves;
}

const TENANTLESS: Scope = { kind: 'tenantless', reason: 'shared tables only' };

/**
 * Whom a statement of a unit of work acts for; undefined: nothing needs to be bound. Throws before
 * anything is sent, what `poisoned` makes where the connection must not be used any more.
 */
export function scopeOfStatement(
  unit: UnitInHand,
  connection: Connection,
  request: Config,
  poisoned: (problem: string) => Error,
): Scope | undefined {
  const current = currentScope();
  if (unit.scope && current && !actsForTheSame(unit.scope, current)) {
    throw poisoned(
      'The work in hand acts for another tenant than the one this connection was taken for',
    );
  }
  const scope = current ?? scopeWithoutContext(connection.plan, request);
  if (current && !mayServe(connection.serves, current)) {
    throw poisoned(`This connection was not taken for ${current.kind} work`);
  }
  if (current && !unit.scope) unit.scope = current;
  const built = builtStatement(request.values);
  if (scope?.kind === 'tenant' && built?.tenantId && built.tenantId !== scope.tenantId) {
    throw poisoned('The statement was built for another tenant than the one that sends it');
  }
  return scope;
}

/** Without a context only two things may pass: transaction control, and shared tables. */
function scopeWithoutContext(plan: ConnectionPlan, { text, values }: Config): Scope | undefined {
  if (plan.statements.get(text).kind === 'control') return TENANTLESS;
  if (sentAsBuilt(text, values)?.sharedOnly) return TENANTLESS;
  return requireTenant(undefined);
}

function mayServe(serves: Serves, scope: Scope): boolean {
  const needed = scope.kind === 'system' || scope.kind === 'owner' ? 'system' : 'tenants';
  return serves === 'all' || serves === needed;
}
