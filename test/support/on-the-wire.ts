import type { QueryRunner } from 'typeorm';
import { type DatabaseModuleOptions, RowguardDataSource, createDataSource } from 'nestjs-rowguard';
import type { TenantClient } from '../../src/connection/tenant-client.js';
import { ScratchDatabase } from './scratch-database.js';
import { SHOP } from './shop.js';
import { WireProxy } from './wire-proxy.js';

/** The shop behind a counting proxy, on one connection, so that every byte is accounted for. */
export class ShopOnTheWire {
  private constructor(
    readonly database: ScratchDatabase,
    readonly proxy: WireProxy,
    readonly source: RowguardDataSource,
  ) {}

  static async open(options: DatabaseModuleOptions = {}): Promise<ShopOnTheWire> {
    const database = await ScratchDatabase.create();
    const proxy = await WireProxy.start(database.url);
    const source = createDataSource({
      url: proxy.url,
      entities: SHOP,
      ...options,
      pool: { max: 1, ...options.pool },
    });
    await source.initialize();
    return new ShopOnTheWire(database, proxy, source);
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
    await this.proxy.close();
    await this.database.drop();
  }
}

export interface LeftBehind {
  readonly tenant: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly role: string;
  readonly user: string;
  readonly login: string;
}

/** What a statement without any binding would find on the runner's connection. */
export async function leftOn(runner: QueryRunner): Promise<LeftBehind> {
  const client = await underneath(runner);
  const { rows } = await client.bare<LeftBehind & Record<string, unknown>>(
    `select nullif(current_setting('rowguard.tenant_id', true), '') as tenant,
       nullif(current_setting('rowguard.actor_id', true), '') as actor,
       nullif(current_setting('rowguard.reason', true), '') as reason,
       current_setting('role') as role, current_user::text as user, session_user::text as login`,
  );
  return rows[0] as LeftBehind;
}

/** The client below a query runner. */
export async function underneath(runner: QueryRunner): Promise<TenantClient> {
  return (await runner.connect()) as TenantClient;
}
