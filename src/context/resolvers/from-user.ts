import type { TenantResolver } from '../tenant-resolver.js';

/** The tenant's UUID from `request.user`, as the guard that ran before has put it there. */
export function fromUser(property = 'tenantId'): TenantResolver {
  return (request) => {
    const value = request.user?.[property];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
}
