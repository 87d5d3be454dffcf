import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { ConnectionPlan } from './connection/connection-plan.js';
import { pgDriver } from './connection/pg-driver.js';
import type { TenantPoolConfig } from './connection/tenant-pool.js';
import type { DatabaseOptions } from './database.options.js';
import { partsOf } from './domain-catalog.js';
import { RowguardNamingStrategy } from './entities/rowguard-naming.strategy.js';
import { ClaimedIdSubscriber } from './predicate/claimed-ids.js';
import { MemoryQueryCache } from './predicate/memory-query-cache.js';
import { TenantQueryCache } from './predicate/tenant-query-cache.js';
import { StatementLogger } from './statement-logger.js';
import { isPooled } from './strategy-of-options.js';

const DEFAULT_CACHE_MS = 1_000;

/** Our options as TypeORM reads them. */
export function typeOrmOptions(
  options: DatabaseOptions,
  plan: ConnectionPlan,
): PostgresDataSourceOptions {
  const logger = new Logger('Rowguard');
  const parts = partsOf(options.schema);
  return {
    type: 'postgres',
    driver: pgDriver,
    ...url(options.url),
    entities: withShipped(
      options.entities,
      parts.flatMap((part) => part.entities),
    ),
    subscribers: withOwnSubscribers(options.subscribers),
    migrations: withShipped(
      options.migrations,
      parts.flatMap((part) => part.migrations),
    ),
    migrationsTransactionMode: 'each',
    namingStrategy: new RowguardNamingStrategy(),
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    synchronize: false,
    migrationsRun: false,
    logging: options.logging,
    logger: new StatementLogger(options.logging),
    cache: cacheOptions(options),
    poolSize: options.pool.max,
    connectTimeoutMS: options.pool.acquireTimeoutMs,
    applicationName: 'rowguard',
    poolErrorHandler: (error: Error) => {
      logger.warn(`an idle connection was lost: ${error.message}`);
    },
    extra: { plan, ...poolConfig(options) },
  } as PostgresDataSourceOptions;
}

function poolConfig(options: DatabaseOptions): Partial<TenantPoolConfig> {
  const { pool } = options;
  return {
    min: pool.min,
    maxPerTenant: pool.maxPerTenant,
    idleTimeoutMillis: pool.idleTimeoutMs,
    maxLifetimeSeconds: pool.maxLifetimeSeconds,
    allowExitOnIdle: true,
    // Poolers refuse start-up parameters that they do not know.
    ...(isPooled(options)
      ? {}
      : {
          statement_timeout: pool.statementTimeoutMs,
          lock_timeout: pool.lockTimeoutMs,
          idle_in_transaction_session_timeout: pool.idleInTransactionTimeoutMs,
        }),
  };
}

function url(address: string | undefined): { url?: string } {
  return address === undefined ? {} : { url: address };
}

/** TypeORM takes a list or an object of them; a list holds both. */
function withShipped<Given extends object>(given: Given, shipped: readonly Function[]): Given {
  return [...shipped, ...Object.values(given)] as unknown as Given;
}

function withOwnSubscribers(
  given: NonNullable<DataSourceOptions['subscribers']>,
): NonNullable<DataSourceOptions['subscribers']> {
  const all = [...Object.values(given), ClaimedIdSubscriber];
  return all;
}

function cacheOptions(options: DatabaseOptions): PostgresDataSourceOptions['cache'] {
  if (options.cache === false) return false;
  const { duration = DEFAULT_CACHE_MS, provider } = options.cache === true ? {} : options.cache;
  return {
    duration,
    provider: () => new TenantQueryCache(provider ? provider() : new MemoryQueryCache()),
  };
}
