import { awaited, shown } from './capability.js';

const SEED = 'PENNY';

const TALKS = 'conversations/conversations';
const MEMORY = 'memory/memory';
const CATALOG = 'shipped/catalog';
const PLATFORM = 'shipped/seed-platform';

const MIGRATIONS = shown(SEED, [
  ['sequential migrations, once each', 'shipped/agreement', 'agree where the schema is'],
  ['db:migrate: at the start', 'medium/schema/migrations', 'run at a start'],
  ['rollback from code', 'medium/schema/migrations', 'can be undone and run again from code'],
  ['rollback of what is shipped', 'shipped/up-down-up', 'to the same schema'],
  ['domains added later', 'shipped/agreement', 'install more where a domain is added later'],
  ['the extension pgvector', 'connection/embedded.', 'has pgvector, for the owner to create'],
  [
    'ids and hashes without pgcrypto',
    'entities/uuid-v7',
    'carry the version, the variant and the time',
  ],
  ['data integrity: references and checks', CATALOG, 'constraints that are not validated'],
]);

const CORE = shown(SEED, [
  ['tenants: open, suspend, close', 'identity/tenants', 'suspends, activates and closes'],
  ['users who belong to tenants', 'identity/visible-rows', 'shows a tenant the people'],
  ['workspaces within tenants', 'identity/roles', 'archives a workspace and opens it again'],
  ['roles and user_roles', 'identity/roles', 'grants a role, and answers what the person may do'],
  ['roles for one workspace', 'identity/roles', 'grants a role for one workspace alone'],
  ['invitations of members', 'identity/memberships', 'invites an address without telling'],
]);

const CONVERSATIONS = shown(SEED, [
  ['conversations', TALKS, 'creates a conversation that is open'],
  ['messages', TALKS, 'appends messages with the next number'],
  ['messages: history and context', TALKS, 'gives the latest messages in the order'],
  ['message_attachments', TALKS, 'attaches files with the message they came with'],
  ['conversation_memory with embeddings', MEMORY, 'inserts what is to be remembered'],
  ['similarity search', MEMORY, 'measures by cosine'],
  ['vector namespaces of each tenant', MEMORY, 'filters by namespace, conversation and metadata'],
  [
    'document search: by vector and metadata',
    MEMORY,
    'leaves out what is farther than maxDistance',
  ],
  ['memories of a tenant are its own', MEMORY, 'shows another tenant nothing'],
]);

const ARTIFACTS = shown(SEED, [
  ['artifacts with versions', 'artifacts/versions', 'creates an artifact together with its first'],
  [
    'artifacts: old versions come back',
    'artifacts/versions',
    'makes the content of an old version',
  ],
  ['artifact_collections', 'artifacts/collections', 'adds artifacts at the end'],
  ['artifact_comments', 'artifacts/comments', 'adds a comment, replies to it'],
  ['artifact_relationships', 'artifacts/relationships', 'finds the dependencies of an artifact'],
  ['dependencies without circles', 'artifacts/relationships', 'names the path that a refused'],
]);

const TOOLS = shown(SEED, [
  ['tools with JSON schemas', 'tools/registry', 'registers a tool with JSON schemas'],
  ['built-in tools', 'tools/registry', 'registers built-in tools for each tenant'],
  ['tool_executions', 'tools/executions', 'shows the history newest first'],
  ['tool_executions: results', 'tools/runner', 'checks the permission, counts, calls and records'],
  ['tool_permissions', 'tools/permissions', 'allow a tool to everyone, to a role, or to one'],
  ['tool_usage_limits: rate limits', 'tools/usage-limits', 'count what is consumed, and refuse'],
]);

const BILLING = shown(SEED, [
  ['subscription_plans', 'billing/plans', 'shows tenants the active plans'],
  ['subscriptions', 'billing/plans', 'starts a subscription with the period of its plan'],
  ['invoices', 'billing/invoices', 'finalizes a draft: it gets a number'],
  ['invoice_line_items', 'billing/invoices', 'adds and removes lines of a draft'],
  ['payment_methods', 'billing/payments', 'has one default method'],
  ['payment_transactions', 'billing/payments', 'records charges until the total is covered'],
]);

const MONITORING = shown(SEED, [
  ['audit logging: the log and its pages', 'audit/audit-log', 'pages newest first after a cursor'],
  [
    'analytics: a materialized view of usage',
    'platform/usage',
    'is summed up by day for each tenant',
  ],
  ['usage events', 'platform/usage', 'is recorded once for one idempotency key'],
  [
    'metrics of tools: latency, failures, cost',
    'tools/executions',
    'the failure rate and the latency',
  ],
  ['errors of tools are tracked', 'tools/runner', 'records a failure and passes the error on'],
  ['webhooks', 'platform/webhooks', 'sign what they send'],
  ['webhooks: retries', 'platform/webhooks', 'are due for a retry when the time has come'],
  ['notifications', 'platform/notifications', 'reach a person of the tenant'],
  ['feature flags', 'platform/feature-flags', 'are on or off for a tenant'],
  [
    'db:health: DatabaseHealthIndicator',
    'shipped/seed-infrastructure',
    'up to date after the first',
  ],
  ['health without a database', 'saas-api-outage', 'says so in its health'],
  ['slow statements are stopped', 'shipped/seed-infrastructure', 'stops a statement that takes'],
]);

const TENANCY = shown(SEED, [
  ['row-level security, forced', CATALOG, 'tables without row-level security, or not forced'],
  ['policies of each table', CATALOG, 'permissive and a restrictive policy'],
  ['policies hold alone', 'isolation/policies-alone', 'shows a tenant its own rows and no others'],
  ['tenant isolation at every layer', 'isolation/predicate-alone', 'confines a select'],
  ['withTenantContext(tenantId, work)', PLATFORM, 'holds every query inside withTenantContext'],
  ['raw SQL for complex queries (getPgPool)', PLATFORM, 'answers complex raw SQL in the context'],
  ['transactions over all domains', PLATFORM, 'keeps one transaction over conversations'],
  ['one tenant attacks another', 'shipped/attacks', 'reaches no row of it, and changes none'],
]);

const SECURITY = shown(SEED, [
  ['passwords are hashed', 'identity/password-hasher', 'recognises a password by its hash'],
  ['API keys are hashed', 'identity/api-keys', 'stores a hash with a visible prefix'],
  ['no secret in a query of keys', 'identity/api-keys', 'selects no hash when keys are read'],
  ['login sessions end', 'identity/tenants', 'purges what has expired, and keeps who is signed in'],
  ['indexes led by the tenant', CATALOG, 'indexes without the tenant first'],
  ['connection pooling', 'shipped/seed-projects', 'is given a pool of 2 to 10 connections'],
]);

export const PENNY = [
  ...MIGRATIONS,
  ...CORE,
  ...CONVERSATIONS,
  ...ARTIFACTS,
  ...TOOLS,
  ...BILLING,
  ...MONITORING,
  ...TENANCY,
  ...SECURITY,
];

const MIGRATION_COMMANDS = awaited(SEED, [
  ['migrate:up, migrate:down as commands', 'the safe migration commands'],
  ['migrate:status', 'the safe migration commands'],
  ['checksums of migrations, --force', 'the safe migration commands'],
  ['dry-run', 'the safe migration commands'],
]);

const SEEDERS = awaited(SEED, [
  ['seed:dev: sample users, conversations, artifacts', 'the seeders'],
  ['seed:prod: admin, tenant, tools, plans, flags', 'the seeders'],
  ['seed:list, idempotent seeders by name', 'the seeders'],
]);

const MAINTENANCE = awaited(SEED, [
  ['db:reset with a backup, db:reset:soft', 'maintenance'],
  ['db:backup, db:restore, listBackups, encrypted', 'maintenance'],
  ['db:cleanup: expired data and orphans', 'maintenance'],
  ['db:validate, validateTenantData', 'maintenance'],
  ['VACUUM and ANALYZE', 'maintenance'],
  ['db:health as a command', 'maintenance'],
  ['metrics of queries and pools', 'the health metrics'],
  ['every change of data in the audit log by itself', 'the audit room'],
]);

export const PENNY_LATER = [...MIGRATION_COMMANDS, ...SEEDERS, ...MAINTENANCE];
