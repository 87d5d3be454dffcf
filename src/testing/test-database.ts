import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { TenantContext } from '../context/tenant-context.js';
import type { DatabaseModuleOptions } from '../database.options.js';
import { TenantRepository } from '../repositories/tenant.repository.js';
import { type RowguardDataSource, createDataSource } from '../rowguard.data-source.js';

export interface TestDatabaseOptions extends Omit<DatabaseModuleOptions, 'embedded'> {
  /** A server to make a database of its own on. Without it: the embedded engine, in memory. */
  readonly url?: string;
}

/** A database for one test file: made when it starts, gone when it stops. */
export class TestDatabase {
  private constructor(
    readonly source: RowguardDataSource,
    private readonly drop: () => Promise<void>,
  ) {}

  static async start(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
    const { url, ...rest } = options;
    if (url === undefined) {
      const source = createDataSource({ ...rest, embedded: 'memory' });
      return new TestDatabase(await source.initialize(), () => Promise.resolve());
    }
    const name = `rowguard_test_${randomBytes(6).toString('hex')}`;
    await onServer(url, `create database ${name}`);
    const drop = () => onServer(url, `drop database if exists ${name} with (force)`);
    try {
      const source = createDataSource({ ...rest, url: withDatabase(url, name) });
      return new TestDatabase(await source.initialize(), drop);
    } catch (error) {
      await drop();
      throw error;
    }
  }

  /** Runs `work` for one tenant. */
  as<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    return TenantContext.run({ tenantId }, work);
  }

  /** Runs `work` across tenants. */
  asSystem<T>(work: () => Promise<T>): Promise<T> {
    return TenantContext.runAsSystem('test', work);
  }

  repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): TenantRepository<Entity> {
    return new TenantRepository(entity, this.source);
  }

  async stop(): Promise<void> {
    await this.source.destroy();
    await this.drop();
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const address = new URL(url);
  address.pathname = `/${name}`;
  return address.toString();
}
