import type { ExecutionContext } from '@nestjs/common';
import type { TenantContextInput } from './tenant-context.js';

/** What a resolver may answer: the tenant's UUID alone, or with who acts, in which request and after which write. */
export type ResolvedTenant = string | TenantContextInput;

export type TenantAnswer = ResolvedTenant | null | undefined;

/** The part of a request that resolvers usually look at; Express and Fastify both have it. */
export interface TenantRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly hostname?: string;
  readonly user?: Readonly<Record<string, unknown>>;
}

/** A method signature, so that a function which names its own request type fits as well. */
interface ResolverShape {
  resolve(request: TenantRequest, context: ExecutionContext): TenantAnswer | Promise<TenantAnswer>;
}

/**
 * Finds the tenant of a request. `request` is the HTTP request, the WebSocket client, or the data
 * of a message, whichever the handler serves. Nothing found: answer undefined.
 */
export type TenantResolver = ResolverShape['resolve'];
