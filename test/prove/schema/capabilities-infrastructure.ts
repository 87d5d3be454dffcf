import { awaited, shown } from './capability.js';

const SEED = 'Database Infrastructure';

const GROUND = 'shipped/seed-infrastructure';
const MIGRATIONS = 'medium/schema/migrations';
const CHANGES = 'schema/changed-entities';
const STATEMENTS = 'connection/named-statements';

const FEATURES = shown(SEED, [
  ['migrations at the start', GROUND, 'is up to date after the first start'],
  ['migrations of the application run at the start', MIGRATIONS, 'run at a start'],
  ['readers are not blocked by writers', GROUND, 'lets readers read while a writer holds'],
  ['foreign keys are enforced', GROUND, 'enforces foreign keys, also against raw SQL'],
  ['health: healthCheck, DatabaseHealthIndicator', GROUND, 'is up to date after the first start'],
  ['isHealthy before and after close', 'database-client', 'connects once, answers its health'],
  ['close', 'database-client', 'disconnects for good'],
  ['close gives everything back', 'connection/embedded.', 'gives everything back when it is'],
  ['audit_log: table, action, time', 'audit/audit-log', 'takes a row of the tenant, numbers it'],
]);

const OPTIONS = shown(SEED, [
  ['path: a directory instead of a server', 'connection/embedded.', 'keeps its data'],
  ['the default path', 'connection/embedded.', 'starts where nothing is configured'],
  ["':memory:' (embedded: 'memory')", 'options/environment', 'reads DATABASE_EMBEDDED=memory'],
  ['readonly', GROUND, 'opens read-only where the address says so'],
  [
    'runMigrations: false (migrate: check)',
    GROUND,
    'runs no migrations at a start that only checks',
  ],
  ['every option has a default', 'options/option-table', 'says the default of'],
  ['busy_timeout (pool.lockTimeoutMs)', GROUND, 'waits for a locked row no longer than it is told'],
  ['two processes on one directory', 'connection/embedded.', 'that another process has open'],
]);

const STATEMENT_CACHE = shown(SEED, [
  ['a statement is parsed once', STATEMENTS, 'are parsed on the first and the second sight'],
  ['the cache is bounded', STATEMENTS, 'stay below the cap of the connection'],
  ['a stale plan is prepared anew', STATEMENTS, 'recover when a table changes its columns'],
  ['faster for repeated queries: one round trip', 'connection/wire', 'costs one for'],
]);

const TRANSACTIONS = shown(SEED, [
  ['a transaction commits by itself', GROUND, 'commits a transaction that ends well'],
  ['a transaction answers with a value', GROUND, 'and answers with its value'],
  ['a transaction is undone on an error', GROUND, 'undoes a transaction that fails'],
  [
    'repositories take part by themselves',
    'repositories/tenant-repository',
    'without being handed',
  ],
  ['savepoints', 'repositories/tenant-repository', 'undoes a part where a savepoint was asked for'],
  ['writes in batches', 'repositories/tenant-repository', 'inserts more rows than one statement'],
]);

const MIGRATING = shown(SEED, [
  ['migrations with up and down', 'shipped/up-down-up', 'to the same schema'],
  ['pending migrations are named', MIGRATIONS, 'that are pending stop a start that only checks'],
  ['migrations run and undone from code', MIGRATIONS, 'can be undone and run again from code'],
  ['tables of other modules', 'shipped/beside-own-entities', 'refer to members of their tenant'],
  ['... checked at the next start', 'shipped/beside-own-entities', 'are checked and left alone'],
  ['... undone by themselves', 'shipped/beside-own-entities', 'are undone before the shipped ones'],
  ['what only adds is done by itself', CHANGES, 'get the columns that are missing'],
  ['what destroys is refused (entities)', CHANGES, 'lose nothing where a change would drop it'],
  ['... until it is approved (migrate: all)', CHANGES, 'drop what is gone where that is approved'],
  ['installed twice, changed once (idempotent)', 'shipped/agreement', 'agree where the schema is'],
  ['indexes and triggers of migrations', 'content/trigger-metadata', 'as DATABASE_TRIGGERS tells'],
  ['testing that all migrations apply', 'shipped/agreement', 'agree on the embedded engine'],
]);

export const INFRASTRUCTURE = [
  ...FEATURES,
  ...OPTIONS,
  ...STATEMENT_CACHE,
  ...TRANSACTIONS,
  ...MIGRATING,
];

export const INFRASTRUCTURE_LATER = awaited(SEED, [
  ['migration files found by their names, shown by a test', 'the safe migration commands'],
  ['getSchemaVersion', 'the safe migration commands'],
  ['getAppliedMigrations', 'the safe migration commands'],
  ['MigrationRunner with dryRun', 'the safe migration commands'],
  ['migration files that destroy need approval', 'the safe migration commands'],
  ['a new migration file from a command', 'the safe migration commands'],
]);
