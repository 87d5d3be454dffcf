import type { TenantResolver } from '../tenant-resolver.js';

/**
 * The tenant's UUID from a request header. Only behind a proxy of your own that sets the header
 * and strips what a client sends: anyone else can write any header.
 */
export function fromHeader(name = 'x-tenant-id'): TenantResolver {
  const header = name.toLowerCase();
  return (request) => {
    const value = request.headers[header];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
}
