export const ACTOR_TYPES = ['user', 'api_key', 'anonymous'] as const;
export type ActorType = (typeof ACTOR_TYPES)[number];

/** Who did it, and within which request; carried to the database beside the tenant. */
export interface Trace {
  readonly actorId?: string;
  readonly requestId?: string;
  /** What kind of actor. Default: `user`; `anonymous` says that there is none. */
  readonly actorType?: ActorType;
  /** For whom somebody acts who is not that person: support staff, an agent. */
  readonly onBehalfOf?: string;
  /** Of a distributed trace. */
  readonly traceId?: string;
}

export interface TenantScope extends Trace {
  readonly kind: 'tenant';
  readonly tenantId: string;
}

/** Work across tenants, under the system role. */
export interface SystemScope extends Trace {
  readonly kind: 'system';
  readonly reason: string;
  /** What is deleted here was deleted softly before, long enough ago. */
  readonly purges?: true;
}

/** A route that said it needs no tenant: shared tables only. */
export interface TenantlessScope extends Trace {
  readonly kind: 'tenantless';
  readonly reason: string;
}

/** The module itself at work on the schema, with the login as it is. Not reachable from outside. */
export interface OwnerScope extends Trace {
  readonly kind: 'owner';
  readonly reason: string;
}

export type Scope = TenantScope | SystemScope | TenantlessScope | OwnerScope;

/** Two scopes may share a unit of work only if the database would treat them alike. */
export function actsForTheSame(one: Scope, other: Scope): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind !== 'tenant' || one.tenantId === (other as TenantScope).tenantId;
}
