import type pg from 'pg';
import type { Scope } from '../context/tenant-scope.js';
import type { TenantClient } from './tenant-client.js';

type Release = (error?: Error | boolean) => void;

export interface Lease {
  /** The connection as one unit of work holds it. */
  readonly client: pg.PoolClient;
  readonly giveBack: Release;
}

/**
 * Lends a connection to one unit of work. Whoever keeps it longer is refused, by the lease and not
 * by the connection: that may be in other hands by then, even of the same tenant.
 */
export function lend(client: TenantClient, scope: Scope | undefined, release: Release): Lease {
  let isOpen = true;
  client.beginUnit(scope);
  const giveBack: Release = (error) => {
    // The pool says that it was given back before; the next unit must not suffer for it.
    if (!isOpen) return release(error);
    isOpen = false;
    if (client.endUnit() || error) release(error);
    else release(new Error('a transaction or a stream was left open'));
  };
  const query = (...given: unknown[]): unknown =>
    isOpen ? client.query(...given) : client.refuseClosed(...given);
  const lent = new Proxy(client, {
    get(target, key) {
      if (key === 'query') return query;
      if (key === 'release') return giveBack;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { client: lent as unknown as pg.PoolClient, giveBack };
}
