import { UnauthorizedException } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import type { TenantResolver } from 'nestjs-rowguard';
import { TenantDirectory } from './tenant-directory.js';

export const TENANT_HEADER = 'x-tenant';

/**
 * The tenant from the header `x-tenant`, as a slug or a UUID. For a demo, or behind a proxy that
 * sets the header itself and strips what a client sends: otherwise anyone is any tenant. A real
 * application takes the tenant from a verified token, see fromJwtClaim and fromUser.
 *
 * The directory is looked up late, because its repository needs the database that is being
 * configured here. An absent and an unknown tenant are answered alike, so that names cannot be
 * tried out.
 */
export function fromTenantHeader(modules: ModuleRef): TenantResolver {
  return async (request) => {
    const name = request.headers[TENANT_HEADER];
    const directory = modules.get(TenantDirectory, { strict: false });
    const tenantId = typeof name === 'string' ? await directory.find(name) : undefined;
    if (tenantId === undefined) {
      throw new UnauthorizedException(`Send the slug or the id of a tenant in ${TENANT_HEADER}`);
    }
    return tenantId;
  };
}
