import { readOptions } from '../../read-options.js';
import { RowguardDataSource } from '../../rowguard.data-source.js';
import { closeIdle } from './idle-connections.js';
import { poolOf } from './isolation.js';
import { OwnDatabase } from './own-database.js';
import { ServerTemplates } from './server-templates.js';
import { templateKey } from './template-key.js';
import { type ReadTestOptions, sow } from './test-database.options.js';
import type { TestGround } from './test-ground.js';

/**
 * A database of its own on a server. `server`: the address with the login that makes it; `login`:
 * that of the application, where the caller has named one.
 */
export async function serverGround(
  options: ReadTestOptions,
  server: string,
  login?: string,
): Promise<TestGround> {
  const templates = new ServerTemplates(server);
  const template = options.template ? await prepared(options, server, templates) : undefined;
  const database = await OwnDatabase.create({ server, template, login });
  try {
    const source = sourceOf(options, database.url, database.adminUrl);
    await source.initialize();
    return groundOf(source, database, template !== undefined);
  } catch (error) {
    // Most likely a migration has been edited: the next start makes the template anew.
    if (template !== undefined) await templates.drop(template).catch(() => undefined);
    await database.drop();
    throw error;
  }
}

async function prepared(
  options: ReadTestOptions,
  server: string,
  templates: ServerTemplates,
): Promise<string> {
  const facts = await ServerTemplates.facts(server);
  const key = await templateKey(sourceOf(options, server, undefined), options, facts);
  return templates.get(key, async (url) => {
    const source = sourceOf(options, url, undefined);
    await source.initialize();
    try {
      await sow(options, source);
    } finally {
      await source.destroy();
    }
  });
}

/** Not from the environment: DATABASE_URL is the database of an application. */
function sourceOf(
  options: ReadTestOptions,
  url: string,
  adminUrl: string | undefined,
): RowguardDataSource {
  const logins = { url, ...(adminUrl === undefined ? {} : { adminUrl }) };
  return new RowguardDataSource(readOptions({ ...options.module, ...logins }, {}));
}

function groundOf(source: RowguardDataSource, database: OwnDatabase, isCopy: boolean): TestGround {
  return {
    source,
    address: database.address,
    renew: isCopy ? () => renew(source, database) : undefined,
    keep: async () => {
      await database.keep();
      return database.address;
    },
    keepCopy: async () => {
      await closeIdle(poolOf(source));
      return database.keepCopy();
    },
    drop: () => database.drop(),
  };
}

async function renew(source: RowguardDataSource, database: OwnDatabase): Promise<void> {
  await closeIdle(poolOf(source));
  await database.renew();
}
