import { awaited, shown } from './capability.js';

const SEED = '@bentham/database';

export const BENTHAM = shown(SEED, [
  [
    'createDatabaseClient({ connectionString, poolSize, timeout })',
    'database-client',
    'takes the size of the pool and the time to wait as it is told',
  ],
  [
    'db.healthCheck() and db.disconnect()',
    'database-client',
    'connects once, answers its health check, and disconnects for good',
  ],
  ['all entities and their repositories installed', 'database-client', 'brings the whole schema'],
  ['migrations for the evolution of the schema', 'medium/schema/migrations', 'run at a start'],
  ['all tables isolated by tenant_id', 'medium/shipped/catalog', ''],
  [
    'direct queries are held to the tenant',
    'medium/isolation/guards',
    'keep nothing of a tenant on the connection',
  ],
  [
    'tests against a database of their own',
    'medium/testing/test-database',
    'keeps two tenants apart and goes away',
  ],
]);

export const BENTHAM_LATER = awaited(SEED, [
  ['migration files generated from schema changes', 'the safe migration commands'],
  ['database reset for development', 'maintenance'],
]);
