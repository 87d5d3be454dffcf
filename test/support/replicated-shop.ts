import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantRepository,
  createDataSource,
} from 'nestjs-rowguard';
import type { PostgresServer } from './postgres-server.js';
import { ScratchDatabase } from './scratch-database.js';
import { Customer, SHOP } from './shop.js';
import { StandbyServer, startPrimary } from './standby-server.js';

const PATIENCE_MS = 15_000;

/** The shop on a primary of its own, with real standbys that follow it. */
export class ReplicatedShop {
  private constructor(
    readonly primary: PostgresServer,
    readonly standbys: readonly StandbyServer[],
    readonly database: ScratchDatabase,
    readonly source: RowguardDataSource,
  ) {}

  static async open(count: number, options: DatabaseModuleOptions = {}): Promise<ReplicatedShop> {
    Logger.overrideLogger(false);
    const primary = await startPrimary();
    const database = await ScratchDatabase.create(primary.url);
    const standbys: StandbyServer[] = [];
    for (let at = 0; at < count; at++) standbys.push(await StandbyServer.of(primary));
    await ReplicatedShop.prepare(database.url);
    for (const standby of standbys) await standby.caughtUp();
    const source = createDataSource({
      url: database.url,
      replicas: standbys.map((one) => one.at(database.url)),
      entities: SHOP,
      ...options,
    });
    await source.initialize();
    const shop = new ReplicatedShop(primary, standbys, database, source);
    await shop.until(() => shop.fit() === count);
    return shop;
  }

  /** So that the standbys have the tables before anybody asks them. */
  private static async prepare(url: string): Promise<void> {
    const source = createDataSource({ url, entities: SHOP });
    await source.initialize();
    await source.destroy();
  }

  get customers(): TenantRepository<Customer> {
    return new TenantRepository(Customer, this.source);
  }

  /** How many replicas take reads. */
  fit(): number {
    return this.source.replicas?.states().filter(({ isFit }) => isFit).length ?? 0;
  }

  async caughtUp(): Promise<void> {
    for (const standby of this.standbys) await standby.caughtUp();
  }

  /** Until it is so, or an error says that it never became so. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (Date.now() > deadline) {
        throw new Error(`it never came to it: ${JSON.stringify(this.source.replicas?.states())}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
    for (const standby of this.standbys) await standby.stop();
    await this.primary.stop();
  }
}
