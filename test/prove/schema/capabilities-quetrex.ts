import { awaited, shown } from './capability.js';

const SEED = 'Database Documentation';

const PROJECTS = 'projects/projects';
const SERVICE = 'projects/database-service';
const COSTS = 'costs/costs';
const DAILY_WORK = 'shipped/seed-projects';
const STORY = 'tells the story of its description';

const MODELS = shown(SEED, [
  ['User: one for an e-mail address', DAILY_WORK, 'has one user for an e-mail address'],
  ['Project: settings as JSON', DAILY_WORK, 'keeps settings, logs and metadata as JSON'],
  ['Agent: running, completed, failed', PROJECTS, 'complete and fail end a run once'],
  ['Agent: starts for a project', PROJECTS, 'starts an agent on a living project'],
  ['Agent: logs as a JSON list', PROJECTS, 'appendLog loses no line'],
  ['Agent: start and end', PROJECTS, 'holds in the database itself that who runs has no end'],
  ['Cost: model, provider, tokens', COSTS, 'create writes a cost of a project'],
  ['Cost: an exact amount with a currency', COSTS, 'add up exactly, each currency for itself'],
  ['Activity: type, message, metadata', SERVICE, STORY],
  [
    'ids, createdAt and updatedAt',
    'shipped/seed-content',
    'sets createdAt and updatedAt by itself',
  ],
]);

const RELATIONS = shown(SEED, [
  ['a user has projects', SERVICE, 'deleteUser reaches projects, agents and activities as one act'],
  [
    'a project has agents, costs, activities',
    PROJECTS,
    'getProjectById includes what is asked for',
  ],
  ['deleting a project reaches agents and activities', PROJECTS, 'deleting a project takes agents'],
  ['deleting for good', SERVICE, 'deletes a user or a project for good where that is asked for'],
  ['costs stay when a project goes (the ledger)', COSTS, 'takes a cost that comes in after'],
]);

const DATABASE_SERVICE = shown(SEED, [
  ['DatabaseService.createUser', SERVICE, 'createUser makes a member of a person'],
  ['DatabaseService.createProject', SERVICE, STORY],
  ['DatabaseService.getProjectById with includes', PROJECTS, 'in one statement a kind'],
  ['DatabaseService.createCost', SERVICE, STORY],
  ['DatabaseService.getTotalCostByProject', COSTS, 'getTotalCostByProject and getTotalCostByStudy'],
  ['DatabaseService.createActivity', SERVICE, STORY],
  [
    'DatabaseService.getRecentActivities(user, 10)',
    PROJECTS,
    'getRecentActivities finds the latest',
  ],
  ['DatabaseService.transaction commits', SERVICE, 'commits what tx.project.create'],
  ['DatabaseService.transaction undoes both', SERVICE, 'undoes both operations of a transaction'],
  ['tx.project.update, findMany, delete ...', SERVICE, 'changes, lists, and deletes rows'],
  ['DatabaseService.bulkCreateCosts', COSTS, 'bulkCreateCosts writes any number, all or none'],
  ['DatabaseService.bulkCreateActivities', PROJECTS, 'bulkCreateActivities writes any number'],
  ['DatabaseService.createTestInstance', SERVICE, STORY],
  ['held to a tenant', SERVICE, 'shows and changes nothing of another tenant'],
]);

const SETUP = shown(SEED, [
  [
    'no server in development (embedded PostgreSQL)',
    'connection/embedded.',
    'nothing is configured',
  ],
  ['the same on PostgreSQL in production', SERVICE, 'on PostgreSQL'],
  ['DATABASE_URL', 'options/environment', 'DATABASE_URL='],
  ['a wrong DATABASE_URL is told', 'options/environment', 'shows the password of a wrong address'],
  ['migrations applied', 'medium/schema/migrations', 'run at a start'],
  ['migrations on both engines', 'shipped/up-down-up', 'to the same schema'],
  [
    '"table not found" is told at the start',
    'shipped/seed-infrastructure',
    'says which are pending',
  ],
  ['a plain login for the application', 'medium/schema/logins', 'may be a plain one beside that'],
  ['statements for the database and its login', 'cli/doctor-logins', 'gives the grant'],
  ['a pool with min and max', DAILY_WORK, 'is given a pool of 2 to 10 connections'],
  ['tests on a database of their own', 'testing/test-database', 'keeps two tenants apart'],
]);

const PERFORMANCE = shown(SEED, [
  ['indexes where references are asked', 'shipped/catalog', 'references without an index'],
  ['bulk operations', 'repositories/tenant-repository', 'inserts more rows than one statement'],
  ['fewer round trips in transactions', 'connection/wire', 'for a transaction'],
  ['limit, offset and selected fields', DAILY_WORK, 'takes the page that limit and offset ask for'],
  ['relations only when asked for', DAILY_WORK, 'loads relations only where they are asked for'],
]);

export const QUETREX = [...MODELS, ...RELATIONS, ...DATABASE_SERVICE, ...SETUP, ...PERFORMANCE];

export const QUETREX_LATER = awaited(SEED, [
  ['db:migrate as a command, migrate dev --name', 'the safe migration commands'],
  ['db:seed: 2 users, 3 projects, 3 agents, costs, activities', 'the seeders'],
  ['db:reset', 'maintenance'],
  ['backups before migrations', 'maintenance'],
  ['a GUI for the database', 'the documented alternative to a studio'],
  ['setupTestDatabase, clearTestDatabase', 'the test kit'],
]);
