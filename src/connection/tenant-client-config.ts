import type pg from 'pg';
import type { ConnectionPlan, Serves } from './connection-plan.js';
import type { Routed } from './transport/transport.js';

export interface TenantClientConfig extends pg.ClientConfig {
  readonly plan: ConnectionPlan;
  readonly serves: Serves;
  /** Of a replica: what is sent there writes nothing. */
  readonly readsOnly?: boolean;
}

/** A connection of its own to the one session of the engine, or the way to the server. */
export function withSession(config: TenantClientConfig): Routed<pg.ClientConfig> {
  const { embedded, transport } = config.plan;
  if (embedded) return Object.assign({}, config, { connection: embedded.connect() });
  return transport ? transport.applied(config) : config;
}
