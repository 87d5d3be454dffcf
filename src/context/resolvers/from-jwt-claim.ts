import type { TenantRequest, TenantResolver } from '../tenant-resolver.js';

export interface JwtClaimOptions {
  /**
   * Verifies the token of the Authorization header and answers its claims. An unverified token is
   * a wish, not a fact, so there is no default: leave it out only where a guard has already put
   * the verified claims on `request.user`.
   */
  readonly verify?: (token: string) => Promise<Record<string, unknown>> | Record<string, unknown>;
}

/** The tenant's UUID from a claim of a verified JSON Web Token. */
export function fromJwtClaim(claim: string, options: JwtClaimOptions = {}): TenantResolver {
  return async (request) => {
    const claims = options.verify ? await verified(request, options.verify) : request.user;
    const tenantId = claims?.[claim];
    if (typeof tenantId !== 'string' || tenantId === '') return undefined;
    const actor = claims?.['sub'];
    return { tenantId, ...(typeof actor === 'string' ? { actorId: actor } : {}) };
  };
}

async function verified(
  request: TenantRequest,
  verify: NonNullable<JwtClaimOptions['verify']>,
): Promise<Record<string, unknown> | undefined> {
  const header = request.headers.authorization;
  const token = typeof header === 'string' ? /^Bearer\s+(\S+)$/i.exec(header)?.[1] : undefined;
  return token === undefined ? undefined : verify(token);
}
