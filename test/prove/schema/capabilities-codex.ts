import { awaited, shown } from './capability.js';

const SEED = '@codex/database';

const DAILY = 'shipped/seed-content';
const AUTH = 'better-auth';
const CONTENT = 'content/content.';
const SEARCH = 'content/search';
const MEDIA = 'content/media';
const DELETED = 'content/deleted-organizations';
const TRIGGERS = 'content/trigger-metadata';

const CLIENTS = shown(SEED, [
  ['simple queries of users', DAILY, 'reads users, and adds a user and an organization'],
  ['one client with transactions (dbWs)', DAILY, 'an organization in one transaction'],
  ['each query stands alone (dbHttp): one round trip', 'connection/wire', 'costs one for'],
  ['short-lived connections by a pooler', 'options/environment', 'reads DATABASE_STRATEGY='],
  ['raw SQL (sql)', 'shipped/seed-platform', 'answers complex raw SQL'],
  ['transactions in tests', 'context/transactions', 'is shared by two services'],
  ['testDbConnection (healthCheck)', 'database-client', 'connects once, answers its health check'],
  ['a failed connection is told', 'saas-api-outage', 'says so in its health'],
]);

const AUTHENTICATION = shown(SEED, [
  ['users and accounts by better-auth', AUTH, 'signs up by e-mail'],
  ['sessions: auth.api.getSession({ headers })', AUTH, 'signs in through its api, and reads'],
  ['verification_tokens: a password is reset', AUTH, 'sets a password again by a token'],
  ['sessions are listed and ended', AUTH, 'lists the sessions of a person'],
  ['tokens are stored as hashes', AUTH, 'keeps no session token that a thief'],
]);

const TABLES = shown(SEED, [
  ['organizations with branding', CONTENT, 'creates content for an organization'],
  ['organizations: found by slug', CONTENT, 'holds a slug once on a page'],
  ['media_items', MEDIA, 'go from upload to ready, step by step'],
  ['content: video, audio, written', CONTENT, 'a type that there is not'],
  ['content: draft, published, archived', CONTENT, 'publishes a draft, takes it back, archives it'],
  ['deletedAt in every table that changes', DAILY, 'has createdAt, and updatedAt and deletedAt'],
  ['createdAt and updatedAt by themselves', DAILY, 'sets createdAt and updatedAt by itself'],
  ['CHECKs of states and kinds', 'shipped/catalog', 'states and kinds without a CHECK'],
  ['published needs its time', CONTENT, 'published without a time'],
  ['indexes for common queries', 'shipped/catalog', 'references without an index'],
  ['relations between tables', SEARCH, 'answers with a numbered page and the total'],
  ['who attacks another tenant reaches nothing', CONTENT, 'shows another tenant nothing'],
]);

const TYPES = shown(SEED, [
  ['types of rows ($inferSelect): the classes', 'shipped/row-types', 'know the words of a column'],
  ['types of new rows ($inferInsert): NewRow', 'shipped/row-types', 'take ids of references'],
  [
    'schema: the map of all tables',
    'shipped/schema-tables',
    'holds every shipped class exactly once',
  ],
  ['the export ./schema', DAILY, 'exports the schema by a path of its own'],
  ['a service is given the client', 'context/transactions', 'is shared by two services'],
]);

const USAGE = shown(SEED, [
  ['create, read, update, delete', DAILY, 'creates, reads, updates and deletes a user'],
  ['transactions: organization and content', CONTENT, 'or nothing of it'],
  ['queries with relations', CONTENT, 'finds it with its relations'],
  ['joins by hand', DAILY, 'joins content with media and creator by hand'],
  ['dynamic filters', SEARCH, 'filters by organization, creator, type, status and text'],
  ['dynamic filters of the own', DAILY, 'builds filters as they come'],
  ['pages with a total', DAILY, 'answers a page with the total'],
  ['the latest published first', SEARCH, 'the latest published first'],
  ['media: create, make ready, find for a creator', DAILY, 'takes a media item from the upload'],
  ['media: ready for their creator alone', MEDIA, 'that are ready are found for their creator'],
  [
    'soft delete, only living rows, restore',
    CONTENT,
    'soft-deletes content, lists only what lives',
  ],
]);

const ERRORS = shown(SEED, [
  ['isUniqueViolation', 'errors/violations', 'an error of TypeORM'],
  ['isForeignKeyViolation, isNotNullViolation', DAILY, 'tells a taken value, a missing reference'],
  ['getConstraintName', DAILY, 'tells a taken value, a missing reference'],
  ['getErrorDetail', 'errors/violations', 'a raw error'],
  ['23505 as UniqueViolationError', 'validation/violations', 'which properties another living row'],
  [
    '23503 as ReferenceMissingError',
    'validation/violations',
    'tells a reference to a row of another',
  ],
  ['23502 as NotNullViolationError', 'validation/violations', 'names the property that was null'],
  [
    'meaningful messages over HTTP',
    'database-error-filter',
    'answers one 422 with every bad field',
  ],
]);

const DATABASE_TRIGGERS = shown(SEED, [
  ['trigger_unpublish_on_org_delete: a cleared id', DELETED, 'when organization_id is cleared'],
  ['... and an organization that is deleted', DELETED, 'when the organization is deleted softly'],
  ['... status draft, no published_at', DELETED, 'becomes a draft when raw SQL sets deleted_at'],
  ['triggers.DATABASE_TRIGGERS', TRIGGERS, 'are in the database as DATABASE_TRIGGERS tells'],
  ['description and businessReason', TRIGGERS, 'say what they do and why'],
  ['getTriggerMetadata, getTriggersForTable', TRIGGERS, 'are told of by getTriggerMetadata'],
  ['getAllTriggerNames', TRIGGERS, 'getAllTriggerNames'],
]);

const MIGRATING = shown(SEED, [
  ['db:migrate: at the start', 'medium/schema/migrations', 'run at a start'],
  ['changes without migrations (db:push)', 'entities/schema-diff', 'leaves nothing to change'],
  ['a problem of the schema is told (doctor)', 'cli/doctor.', 'notices and mends'],
  ['DATABASE_URL', 'options/environment', 'reads DATABASE_URL='],
  ['a local database without Docker', 'connection/embedded.', 'starts where nothing is configured'],
  ['pictures of the schema', 'cli/schema-diagram', 'draws a shipped domain without'],
]);

export const CODEX = [
  ...CLIENTS,
  ...AUTHENTICATION,
  ...TABLES,
  ...TYPES,
  ...USAGE,
  ...ERRORS,
  ...DATABASE_TRIGGERS,
  ...MIGRATING,
];

export const CODEX_LATER = awaited(SEED, [
  ['dbHttp, dbWs: HTTP and WebSocket drivers for the edge', 'the connection strategies'],
  ['DB_METHOD: LOCAL_PROXY, NEON_BRANCH, PRODUCTION', 'the connection strategies'],
  ['db:gen: migrations generated from the entities', 'the safe migration commands'],
  ['db:migrate as a command, with a journal', 'the safe migration commands'],
  ['db:studio', 'the documented alternative to a studio'],
]);
