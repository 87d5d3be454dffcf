import { StatementRefusedError } from '../errors/statement-refused.error.js';
import { currentScope, runInScope } from './unit-store.js';

/**
 * Runs schema work with the login as it is. Not out of the work of a tenant: who acts for one may
 * not reach the tables of all.
 */
export function runAsOwner<T>(reason: string, work: () => Promise<T>): Promise<T> {
  const kind = currentScope()?.kind;
  if (kind === 'tenant' || kind === 'tenantless') return Promise.reject(notForTenants(reason));
  return runInScope({ kind: 'owner', reason }, work);
}

function notForTenants(reason: string): StatementRefusedError {
  return new StatementRefusedError({
    problem: `Schema work (${reason}) was asked for in the work of a tenant`,
    mend: 'Do it outside of requests: at a start, in a script, or in TenantContext.runAsSystem',
  });
}
