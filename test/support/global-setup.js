import { ensureBuilt } from './built-package.js';
import { PostgresServer } from './postgres-server.js';

/**
 * One build and one server for all test files; DATABASE_URL names another server, which is left as
 * it was found.
 */
export default async function globalSetup() {
  ensureBuilt();
  const given = process.env.DATABASE_URL;
  if (given) {
    process.env.ROWGUARD_TEST_URL = given;
    delete process.env.DATABASE_URL;
    return;
  }
  if (globalThis.rowguardServer) return;
  globalThis.rowguardServer = await PostgresServer.start(process.env.ROWGUARD_TEST_PG);
  process.env.ROWGUARD_TEST_URL = globalThis.rowguardServer.url;
}
