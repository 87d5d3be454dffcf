import type pg from 'pg';
import type { TenantPool } from '../../connection/tenant-pool.js';

/** What pg-pool keeps of a connection that nobody uses. */
interface Idle {
  readonly client: pg.PoolClient;
}

/** Says goodbye to the database below, which is about to be replaced. */
export async function closeIdle(pool: TenantPool): Promise<void> {
  const inside = pool as unknown as {
    _idle: Idle[];
    _remove(client: pg.PoolClient, done: () => void): void;
  };
  const gone = inside._idle
    .map(({ client }) => client)
    .map((client) => new Promise<void>((resolve) => inside._remove(client, resolve)));
  await Promise.all(gone);
  if (pool.systemSide) await closeIdle(pool.systemSide);
}
