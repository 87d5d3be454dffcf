import { Logger } from '@nestjs/common';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  createDataSource,
} from 'nestjs-rowguard';
import { PgBouncer } from './pg-bouncer.js';
import { ScratchDatabase } from './scratch-database.js';
import { SHOP } from './shop.js';

export interface PooledShop {
  readonly database: ScratchDatabase;
  readonly bouncer: PgBouncer;
  readonly source: RowguardDataSource;
  close(): Promise<void>;
}

/** The shop with two logins, each with one backend behind the pooler unless told, whatever the application opens. */
export async function openPooledShop(
  options: DatabaseModuleOptions = {},
  poolSize = 1,
): Promise<PooledShop> {
  Logger.overrideLogger(false);
  const database = await ScratchDatabase.create();
  const owner = new URL(database.url);
  const login = await database.createLogin();
  const bouncer = await PgBouncer.start({
    serverUrl: database.url,
    logins: { [owner.username]: owner.password, [login.name]: 'pw' },
    poolSize,
  });
  const source = createDataSource({
    url: bouncer.through(login.url),
    adminUrl: bouncer.through(database.url),
    entities: SHOP,
    strategy: 'pooler',
    ...options,
  });
  const close = async (): Promise<void> => {
    if (source.isInitialized) await source.destroy();
    await bouncer.stop();
    await database.drop();
  };
  try {
    await source.initialize();
  } catch (error) {
    await close();
    throw error;
  }
  return { database, bouncer, source, close };
}

/** Why the tests behind a pooler are left out, said loudly; where nothing may be left out, an error. */
export function pgBouncerIsMissing(): boolean {
  if (PgBouncer.binary) return false;
  const why = 'PgBouncer is not installed (Debian: apt-get install pgbouncer)';
  if (process.env['ROWGUARD_NOTHING_LEFT_OUT']) throw new Error(why);
  process.stderr.write(`\n*** LEFT OUT: the tests behind a pooler. ${why} ***\n\n`);
  return true;
}
