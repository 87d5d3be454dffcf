import type { TenantClient } from '../connection/tenant-client.js';
import type { TenantPool } from '../connection/tenant-pool.js';
import { type Probe, type Probed, roundedMs } from './probe.js';
import { within } from './probe-connection.js';

/**
 * The embedded engine has one session, and no place for a second connection. It lives in this
 * process: while somebody else works on that session, it answers.
 */
export class EmbeddedProbe implements Probe {
  constructor(
    private readonly pool: TenantPool,
    private readonly timeoutMs: number,
  ) {}

  async look(): Promise<Probed> {
    const begun = performance.now();
    if (!isBusy(this.pool)) {
      try {
        const question = onSession(this.pool, (client) => client.bare('select 1'));
        await within(question, this.timeoutMs);
      } catch (error) {
        return { answers: false, error };
      }
    }
    return { answers: true, latencyMs: roundedMs(begun), isReadOnly: false };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function isBusy(pool: TenantPool): boolean {
  return pool.waitingCount > 0 || pool.totalCount > pool.idleCount;
}

/** Past the binding: none of it has to do with a tenant. */
export async function onSession<T>(
  pool: TenantPool,
  work: (client: TenantClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(client as unknown as TenantClient);
  } finally {
    client.release();
  }
}
