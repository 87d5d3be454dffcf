/** One row of the option table of the README; a test compares the two. */
export interface OptionRow {
  readonly option: string;
  readonly env: string | undefined;
  readonly default: string;
  readonly sentence: string;
}

function row(
  option: string,
  env: string | undefined,
  byDefault: string,
  sentence: string,
): OptionRow {
  return { option, env, default: byDefault, sentence };
}

export const OPTION_TABLE: readonly OptionRow[] = [
  row('name', undefined, 'default', 'Name of this database where an application has several.'),
  row(
    'url',
    'DATABASE_URL',
    'embedded engine',
    'Where the application logs in; of several hosts the one that takes writes. Without it the embedded engine runs.',
  ),
  row(
    'adminUrl',
    'DATABASE_ADMIN_URL',
    'url',
    'Login for system work and the schema; then url may be a plain login.',
  ),
  row(
    'ssl',
    'DATABASE_SSL',
    'by the address',
    'TLS: true, false, a mode, or ca, cert, key, servername; DATABASE_SSL_CA is a file or PEM.',
  ),
  row(
    'embedded',
    'DATABASE_EMBEDDED',
    './.rowguard',
    'Directory of the embedded engine, or memory; false refuses to run without a server.',
  ),
  row('entities', undefined, '[]', 'Entity classes; those of forFeature are added.'),
  row('subscribers', undefined, '[]', 'TypeORM subscriber classes.'),
  row('migrations', undefined, '[]', 'Migration classes or file patterns of your own.'),
  row(
    'schema',
    undefined,
    'none',
    'Shipped domains to install: all, none, or a list of their names.',
  ),
  row(
    'migrate',
    'DATABASE_MIGRATE',
    'safe',
    'At start: safe runs the migrations that lose nothing, or creates what is missing; all also alters, check only looks, off does not look.',
  ),
  row(
    'allowDestructive',
    'DATABASE_ALLOW_DESTRUCTIVE',
    'false',
    'With migrate: all, runs migrations that lose data without an approval.',
  ),
  row(
    'lint',
    undefined,
    'the rules',
    'How migrations are judged: severities, small tables, ignores with a reason, rules of your own.',
  ),
  row(
    'replicas',
    'DATABASE_REPLICA_URLS',
    '[]',
    'Read replicas; in the environment separated by commas.',
  ),
  row(
    'replication.maxLagMs',
    'DATABASE_REPLICA_MAX_LAG_MS',
    '10000',
    'A replica that lags further behind gets no reads.',
  ),
  row(
    'replication.waitMs',
    'DATABASE_REPLICA_WAIT_MS',
    '0',
    'How long a read waits for a replica to show what its unit of work has written, before it goes to the primary.',
  ),
  row(
    'replication.checkMs',
    'DATABASE_REPLICA_CHECK_MS',
    '500',
    'How often the primary and the replicas are asked how far they are.',
  ),
  row(
    'strategy',
    'DATABASE_STRATEGY',
    'by the address',
    'direct, pooler (in transaction mode: no named statements), serverless (over a WebSocket), or embedded.',
  ),
  row(
    'serverless.proxy',
    'DATABASE_SERVERLESS_PROXY',
    'as Neon',
    'Where the WebSocket is opened: an address, or a function of host and port.',
  ),
  row('serverless.webSocket', undefined, 'of Node, or ws', 'The class of the WebSocket.'),
  row('serverless.pooled', 'DATABASE_SERVERLESS_POOLED', 'by the address', 'To a pooler.'),
  row(
    'scale',
    'DATABASE_SCALE',
    'single',
    'citus binds tenants in the way that a database on several machines understands.',
  ),
  row(
    'cache',
    undefined,
    'false',
    'Query result cache, kept apart by tenant: true, or duration and provider.',
  ),
  row(
    'logging',
    'DATABASE_LOGGING',
    'false',
    'TypeORM logging: true, false, all, or a list of kinds; never the values.',
  ),
  row('pool.max', 'DATABASE_POOL_MAX', '10', 'Most connections of the application.'),
  row('pool.min', 'DATABASE_POOL_MIN', '0', 'Connections kept open.'),
  row('pool.systemMax', 'DATABASE_SYSTEM_POOL_MAX', '4', 'Most connections for system work.'),
  row(
    'pool.acquireTimeoutMs',
    'DATABASE_ACQUIRE_TIMEOUT_MS',
    '10000',
    'How long to wait for a free connection.',
  ),
  row(
    'pool.idleTimeoutMs',
    'DATABASE_IDLE_TIMEOUT_MS',
    '10000',
    'After how long an unused connection is closed.',
  ),
  row(
    'pool.maxLifetimeSeconds',
    'DATABASE_MAX_LIFETIME_SECONDS',
    '0',
    'After how long a connection is replaced; 0 never.',
  ),
  row(
    'pool.statementTimeoutMs',
    'DATABASE_STATEMENT_TIMEOUT_MS',
    '0',
    'Longest run of a statement; 0 no limit.',
  ),
  row(
    'pool.lockTimeoutMs',
    'DATABASE_LOCK_TIMEOUT_MS',
    '0',
    'Longest wait for a lock; 0 no limit.',
  ),
  row(
    'pool.idleInTransactionTimeoutMs',
    'DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS',
    '60000',
    'Longest pause inside a transaction; 0 no limit.',
  ),
  row(
    'pool.preparedStatements',
    'DATABASE_PREPARED_STATEMENTS',
    '256',
    'Most named statements on one connection; 0 switches them off.',
  ),
  row(
    'pool.maxPerTenant',
    'DATABASE_POOL_MAX_PER_TENANT',
    'pool.max',
    'Most connections of the pool that one tenant holds at once; more of its requests wait.',
  ),
  row(
    'pool.drainMs',
    'DATABASE_DRAIN_MS',
    '10000',
    'At a shutdown: how long work in hand may take to finish.',
  ),
  row(
    'pool.leakMs',
    'DATABASE_LEAK_MS',
    '0',
    'A connection that is held for longer is warned of, with the place in the code; 0 never.',
  ),
  row(
    'metrics',
    'DATABASE_METRICS',
    'false',
    'Metrics by OpenTelemetry: true for the global meter provider, or { meterProvider }.',
  ),
  row(
    'slowStatementMs',
    'DATABASE_SLOW_STATEMENT_MS',
    '0',
    'Statements that take longer are logged, without their values; 0 none.',
  ),
  row(
    'audit.capture',
    undefined,
    'trigger',
    'Who writes the audit log: trigger, or orm where triggers cannot be; @Audited may say otherwise.',
  ),
  row(
    'audit.missingActor',
    undefined,
    'refuse',
    'A change of an audited row by nobody: refuse it, or take it as anonymous.',
  ),
  row('audit.shipped', undefined, 'false', 'Audit the entities of the shipped schema as well.'),
  row(
    'audit.maxRows',
    undefined,
    '10000',
    'With orm: most rows that one statement may change; more is refused, never left out.',
  ),
  row(
    'softDelete.keepDays',
    'DATABASE_KEEP_DELETED_DAYS',
    'for ever',
    'How many days deleted rows are kept before a purge may take them; @SoftDelete may say otherwise.',
  ),
  row(
    'softDelete.ownerTriggers',
    undefined,
    'true',
    'Triggers refuse a living row below a deleted owner. False where tables cannot have triggers.',
  ),
  row(
    'health.timeoutMs',
    undefined,
    '1000',
    'How long the database may take to answer before its health is down.',
  ),
  row('health.cacheMs', undefined, '1000', 'How long an answer about health is told again.'),
  row(
    'health.factsMs',
    undefined,
    '60000',
    'How often health looks at migrations, row-level security and backups, in the background.',
  ),
  row(
    'health.maxWaiting',
    undefined,
    '10',
    'More callers than this waiting for one pool is degraded.',
  ),
  row(
    'health.longTransactionS',
    undefined,
    '300',
    'A transaction that is open for longer, in seconds, is degraded.',
  ),
  row(
    'health.idleInTransactionS',
    undefined,
    '60',
    'A transaction that does nothing for longer, in seconds, is degraded.',
  ),
  row(
    'health.maxReplicaLagBytes',
    undefined,
    '16777216',
    'A replica that is further behind is degraded.',
  ),
  row(
    'health.backup',
    undefined,
    'not asked',
    'lastAt says when the last backup was made; older than maxAgeHours (26) is degraded.',
  ),
  row(
    'tenancy.resolve',
    undefined,
    'none',
    'Finds the tenant of a request: fromHeader, fromUser, fromJwtClaim, fromSubdomain, or a function.',
  ),
  row(
    'tenancy.walls.predicate',
    undefined,
    'true',
    'The tenant in every statement that is built; off only to prove the other wall.',
  ),
  row(
    'tenancy.walls.policies',
    undefined,
    'true',
    'Row-level security; without it raw SQL is refused.',
  ),
  row(
    'tenancy.signed',
    'DATABASE_SIGNED_BINDING',
    'false',
    'The database believes only a tenant that the application has signed; prepare signs, and leaves the policies as they are.',
  ),
];
