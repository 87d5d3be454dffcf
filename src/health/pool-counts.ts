import type { TenantPool } from '../connection/tenant-pool.js';
import type { PoolCounts } from './database-health.js';
import type { HealthHost } from './health-host.js';

/** Every pool that is open, by the name that it is reported under. */
export function poolsOf({
  primary,
  replicas,
}: Pick<HealthHost, 'primary' | 'replicas'>): ReadonlyMap<string, TenantPool> {
  const named = new Map([['application', primary]]);
  if (primary.systemSide) named.set('system', primary.systemSide);
  replicas.forEach((pool, at) => named.set(replicaName(at), pool));
  return named;
}

export function replicaName(at: number): string {
  return `replica ${at + 1}`;
}

export function countsOf(pool: TenantPool): PoolCounts {
  return {
    used: pool.totalCount - pool.idleCount,
    idle: pool.idleCount,
    waiting: pool.waitingCount,
    max: pool.options.max ?? 0,
  };
}
