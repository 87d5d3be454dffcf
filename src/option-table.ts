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
    'Where the application logs in; without it the embedded engine runs.',
  ),
  row(
    'adminUrl',
    'DATABASE_ADMIN_URL',
    'url',
    'Login for system work and the schema; then url may be a plain login.',
  ),
  row('ssl', 'DATABASE_SSL', 'false', 'TLS: true, or the options of node:tls.'),
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
    'strategy',
    'DATABASE_STRATEGY',
    'direct',
    'direct, or pooler for a pooler in transaction mode, which switches named statements off.',
  ),
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
