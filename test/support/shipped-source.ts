import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { Membership } from '../../src/entities/identity/membership.entity.js';
import { Tenant } from '../../src/entities/identity/tenant.entity.js';
import { User } from '../../src/entities/identity/user.entity.js';
import { type OpenedSource, opened } from './opened-source.js';
import { ScratchDatabase } from './scratch-database.js';
import { ACME, GLOBEX } from './shop.js';
import { logStatements } from './statement-log.js';

export const ANNA = '0190a000-0000-7000-8000-0000000000a1';
export const GUSTAV = '0190b000-0000-7000-8000-0000000000b1';

export type ShippedSource = OpenedSource<RowguardDataSource>;

/** The shipped schema on a database of its own; two tenants with one member each. */
export async function openShipped(
  schema: DatabaseModuleOptions['schema'] = 'all',
  options: DatabaseModuleOptions = {},
): Promise<ShippedSource> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const source = createDataSource({ url: database.url, schema, ...options });
  const shipped = await opened(source, database);
  logStatements(source);
  await settle(source);
  return shipped;
}

/** The same on the embedded engine, in memory. */
export async function openEmbeddedShipped(
  schema: DatabaseModuleOptions['schema'] = 'all',
  options: DatabaseModuleOptions = {},
): Promise<ShippedSource> {
  Logger.overrideLogger(false);
  const source = createDataSource({ embedded: 'memory', schema, ...options });
  await source.initialize();
  await settle(source);
  return { source, database: undefined, close: () => source.destroy() };
}

/** ACME with Anna, GLOBEX with Gustav. */
export async function settle(source: RowguardDataSource): Promise<void> {
  await TenantContext.runAsSystem('test data', async () => {
    await source.manager.insert(Tenant, [
      { id: ACME, name: 'Acme', slug: 'acme' },
      { id: GLOBEX, name: 'Globex', slug: 'globex' },
    ]);
    await source.manager.insert(User, [
      { id: ANNA, name: 'Anna', email: 'anna@acme.example' },
      { id: GUSTAV, name: 'Gustav', email: 'gustav@globex.example' },
    ]);
    await source.manager.insert(Membership, [
      { tenantId: ACME, id: ANNA, kind: 'owner' },
      { tenantId: GLOBEX, id: GUSTAV, kind: 'owner' },
    ]);
  });
}
