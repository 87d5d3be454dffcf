import { checkedTenantId } from '../../context/scope-input.js';
import { requireTenant } from '../../context/tenant-context.js';
import { currentScope } from '../../context/unit-store.js';
import { TenantMismatchError } from '../../errors/tenant-mismatch.error.js';

/**
 * Whose rows are meant: those of the tenant in hand, whatever is asked for; in system work those of the
 * tenant that is named, or of all.
 */
export function tenantOf(asked: string | undefined): string | undefined {
  const named = asked === undefined ? undefined : checkedTenantId(asked);
  const scope = currentScope();
  if (scope?.kind === 'system' || scope?.kind === 'owner') return named;
  const { tenantId } = requireTenant(scope);
  if (named === undefined || named === tenantId) return tenantId;
  throw new TenantMismatchError({
    problem: 'The rows of another tenant were asked for',
    mend: 'Ask for the tenant in hand, or run the work inside TenantContext.runAsSystem(reason, work)',
  });
}
