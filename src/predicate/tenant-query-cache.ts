import type { QueryRunner } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';
import { currentScope } from '../context/unit-store.js';

/**
 * Puts the tenant before every key of a result cache. TypeORM looks a named result up by its name
 * alone, so that without this the first tenant to ask would answer for all.
 */
export class TenantQueryCache implements QueryResultCache {
  constructor(private readonly cache: QueryResultCache) {}

  connect(): Promise<void> {
    return this.cache.connect();
  }

  disconnect(): Promise<void> {
    return this.cache.disconnect();
  }

  synchronize(queryRunner?: QueryRunner): Promise<void> {
    return this.cache.synchronize(queryRunner);
  }

  getFromCache(
    options: QueryResultCacheOptions,
    queryRunner?: QueryRunner,
  ): Promise<QueryResultCacheOptions | undefined> {
    return this.cache.getFromCache(ofTenant(options), queryRunner);
  }

  storeInCache(
    options: QueryResultCacheOptions,
    saved: QueryResultCacheOptions | undefined,
    queryRunner?: QueryRunner,
  ): Promise<void> {
    return this.cache.storeInCache(ofTenant(options), saved && ofTenant(saved), queryRunner);
  }

  isExpired(saved: QueryResultCacheOptions): boolean {
    return this.cache.isExpired(saved);
  }

  clear(queryRunner?: QueryRunner): Promise<void> {
    return this.cache.clear(queryRunner);
  }

  remove(identifiers: string[], queryRunner?: QueryRunner): Promise<void> {
    return this.cache.remove(identifiers.map(prefixed), queryRunner);
  }
}

function ofTenant(options: QueryResultCacheOptions): QueryResultCacheOptions {
  return {
    ...options,
    ...(options.identifier ? { identifier: prefixed(options.identifier) } : {}),
    ...(options.query ? { query: prefixed(options.query) } : {}),
  };
}

function prefixed(key: string): string {
  const scope = currentScope();
  const owner = scope?.kind === 'tenant' ? scope.tenantId : (scope?.kind ?? 'nobody');
  return key.startsWith(`${owner}|`) ? key : `${owner}|${key}`;
}
