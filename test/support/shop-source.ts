import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { type OpenedSource, opened } from './opened-source.js';
import { ScratchDatabase } from './scratch-database.js';
import { SHOP } from './shop.js';

export type ShopSource = OpenedSource<RowguardDataSource, ScratchDatabase>;

/** The shop on a database of its own, ready to use. */
export async function openShop(options: DatabaseModuleOptions = {}): Promise<ShopSource> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, entities: SHOP, ...options });
  return opened(source, database);
}

/** The shop on the embedded engine, in memory. */
export async function openEmbeddedShop(
  options: DatabaseModuleOptions = {},
): Promise<RowguardDataSource> {
  Logger.overrideLogger(false);
  const source = createDataSource({ embedded: 'memory', entities: SHOP, ...options });
  await source.initialize();
  return source;
}

export function as<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  return TenantContext.run({ tenantId }, work);
}
