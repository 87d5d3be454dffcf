import { TenantContext } from 'nestjs-rowguard';
import { openEmbeddedShipped, openShipped } from '../../support/shipped-source.js';

/** Where the stories of this domain are told. */
export const PLACES = [
  ['a server', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;

/** And behind each wall by itself. */
export const WALLS = [
  ...PLACES,
  ['a server, behind the predicate alone', behind({ predicate: true, policies: false })],
  ['a server, behind row-level security alone', behind({ predicate: false, policies: true })],
] as const;

function behind(walls: { predicate: boolean; policies: boolean }): typeof openShipped {
  return (schema) => openShipped(schema, { tenancy: { walls } });
}

export function as<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  return TenantContext.run({ tenantId }, work);
}

export function asSystem<T>(work: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem('test', work);
}
