import type { EntityManager } from 'typeorm';
import { markBuilt } from '../context/built-statement.js';
import { TenantContext } from '../context/tenant-context.js';

/**
 * Sends SQL of our own for the tenant in hand, as `$1`. The text has to hold each of its tables to
 * it: it is vouched for like what the query builders make, also where row-level security is off.
 */
export function sendOwn<Row>(
  manager: EntityManager,
  text: string,
  values: readonly unknown[],
): Promise<Row[]> {
  const { tenantId } = TenantContext.require();
  const parameters = [tenantId, ...values];
  markBuilt(parameters, { text, tenantId, confined: true, sharedOnly: false });
  return manager.query<Row[]>(text, parameters);
}
