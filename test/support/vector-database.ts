import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type DatabaseModuleOptions, createDataSource } from 'nestjs-rowguard';
import { PostgresServer } from './postgres-server.js';
import { ScratchDatabase } from './scratch-database.js';
import { type ShippedSource, openEmbeddedShipped, settle } from './shipped-source.js';

const INSTALLED = '/usr/lib/postgresql';
const SHARED = '/usr/share/postgresql';

/** Where a real server with pgvector is to be had; undefined where there is none. */
export function vectorServer(): { url: string } | { folder: string } | undefined {
  const url = process.env['ROWGUARD_VECTOR_URL'];
  if (url) return { url };
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED) : [];
  const version = versions.find((one) => existsSync(join(SHARED, one, 'extension/vector.control')));
  return version === undefined ? undefined : { folder: join(INSTALLED, version) };
}

export const WITHOUT_SERVER =
  'left out: no server with pgvector (set ROWGUARD_VECTOR_URL, or install postgresql-<version>-pgvector)';

/** The shipped schema on a real server with pgvector. */
export async function openVectorServer(
  options: DatabaseModuleOptions = {},
): Promise<ShippedSource> {
  const found = vectorServer();
  if (!found) throw new Error(WITHOUT_SERVER);
  Logger.overrideLogger(false);
  const server = 'folder' in found ? await PostgresServer.start(found.folder) : undefined;
  const database = await ScratchDatabase.create(server?.url ?? (found as { url: string }).url);
  const source = createDataSource({ url: database.url, schema: ['conversations'], ...options });
  await source.initialize();
  await settle(source);
  return {
    source,
    database,
    close: async () => {
      await source.destroy();
      await database.drop();
      await server?.stop();
    },
  };
}

/** On the real server where there is one, and otherwise on the embedded engine. */
export function openWithVectors(options: DatabaseModuleOptions = {}): Promise<ShippedSource> {
  return vectorServer()
    ? openVectorServer(options)
    : openEmbeddedShipped(['conversations'], options);
}
