import { TenantContext } from 'nestjs-rowguard';
import { openEmbeddedShipped, openShipped } from '../../support/shipped-source.js';

/** Where the stories of this domain are told. */
export const PLACES = [
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

export function as<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  return TenantContext.run({ tenantId }, work);
}

export function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('test', work);
}
