import { TenantContext } from '../../context/tenant-context.js';
import { currentScope } from '../../context/unit-store.js';

/** System work, unless it is that already: what runs every few seconds is recorded once. */
export function asSystemWork<T>(reason: string, work: () => Promise<T>): Promise<T> {
  return currentScope()?.kind === 'system' ? work() : TenantContext.runAsSystem(reason, work);
}
