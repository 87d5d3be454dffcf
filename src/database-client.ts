import type { EntityManager } from 'typeorm';
import { TenantContext } from './context/tenant-context.js';
import type { DatabaseModuleOptions } from './database.options.js';
import { readOptions } from './read-options.js';
import { RowguardDataSource } from './rowguard.data-source.js';

export interface DatabaseClientOptions extends Omit<DatabaseModuleOptions, 'url'> {
  /** As `url`. Default: DATABASE_URL, or the embedded engine. */
  readonly connectionString?: string | undefined;
  /** As `pool.max`. */
  readonly poolSize?: number;
  /** As `pool.acquireTimeoutMs`: how long to wait for a connection. */
  readonly timeout?: number;
}

/** A data source for code without Nest: open it once, hand it to the repositories, close it. */
export class DatabaseClient extends RowguardDataSource {
  connect(): Promise<this> {
    return this.isInitialized ? Promise.resolve(this) : this.initialize();
  }

  /** True if the database answers within a second. Never throws. */
  async healthCheck(): Promise<boolean> {
    return (await this.health.report()).status !== 'down';
  }

  async disconnect(): Promise<void> {
    if (this.isInitialized) await this.destroy();
  }

  /** Runs `work` for one tenant: every query in it is held to that tenant. */
  withTenantContext<T>(tenantId: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return TenantContext.run({ tenantId }, () => work(this.manager));
  }
}

/** The whole shipped schema unless told otherwise. Call `connect()` before the first query. */
export function createDatabaseClient(options: DatabaseClientOptions = {}): DatabaseClient {
  const { connectionString, poolSize, timeout, pool, ...rest } = options;
  return new DatabaseClient(
    readOptions({
      schema: 'all',
      ...rest,
      url: connectionString,
      pool: {
        ...pool,
        ...(poolSize === undefined ? {} : { max: poolSize }),
        ...(timeout === undefined ? {} : { acquireTimeoutMs: timeout }),
      },
    }),
  );
}
