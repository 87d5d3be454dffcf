import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';

/**
 * Query results in this process; bounded, the least recently used goes first. TypeORM's own
 * default keeps them in a table that has no tenant, which no tenant may read.
 */
export class MemoryQueryCache implements QueryResultCache {
  private readonly results = new Map<string, QueryResultCacheOptions>();

  constructor(private readonly capacity = 1_000) {}

  connect(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    return this.clear();
  }

  synchronize(): Promise<void> {
    return Promise.resolve();
  }

  getFromCache(options: QueryResultCacheOptions): Promise<QueryResultCacheOptions | undefined> {
    const found = this.results.get(keyOf(options));
    if (found) {
      this.results.delete(keyOf(options));
      this.results.set(keyOf(options), found);
    }
    return Promise.resolve(found);
  }

  storeInCache(options: QueryResultCacheOptions): Promise<void> {
    this.results.set(keyOf(options), options);
    const [oldest] = this.results.keys();
    if (this.results.size > this.capacity && oldest !== undefined) this.results.delete(oldest);
    return Promise.resolve();
  }

  isExpired(saved: QueryResultCacheOptions): boolean {
    return Date.now() > (saved.time ?? 0) + saved.duration;
  }

  clear(): Promise<void> {
    this.results.clear();
    return Promise.resolve();
  }

  remove(identifiers: string[]): Promise<void> {
    for (const identifier of identifiers) this.results.delete(keyOf({ identifier }));
    return Promise.resolve();
  }
}

function keyOf(options: Pick<QueryResultCacheOptions, 'identifier'> & { query?: string }): string {
  return options.identifier ? `name:${options.identifier}` : `text:${options.query ?? ''}`;
}
