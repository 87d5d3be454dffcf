import { awaited, shown } from './capability.js';

const SEED = '@bentham/database';

const STUDIES = 'studies/studies';
const JOBS = 'studies/jobs';
const RESULTS = 'studies/results';
const FIRST_STEPS = 'shipped/seed-studies';

const TABLES = shown(SEED, [
  ['tenants', 'identity/tenants', 'opens a tenant with its owner'],
  ['users: memberships of people', 'identity/memberships', 'lists the members with their people'],
  ['studies: definition and state', STUDIES, 'create, findById, update and delete'],
  ['jobs', JOBS, 'createFromManifest makes the jobs in the order of the manifest'],
  ['results', RESULTS, 'ResultRepository.create takes study and surface from the job'],
  ['evidence', RESULTS, 'evidence gets its SHA-256 when it is written'],
  ['evidence: damage is noticed', RESULTS, 'read and findDamaged notice content'],
  ['checkpoints: save, latest', RESULTS, 'CheckpointRepository.save numbers the checkpoints'],
  ['checkpoints: recovery', RESULTS, 'resumeFrom sets the study running'],
  ['audit_logs: rows of compliance', 'audit/audit-log', 'takes a row of the tenant'],
  ['audit_logs: never changed', 'audit/audit-log', 'refuses to be changed'],
  ['cost_records', 'costs/costs', 'create writes a cost of a project, or of a study'],
  ['relations from tenant to evidence', FIRST_STEPS, 'leads from the tenant to the evidence'],
]);

const STUDY_REPOSITORY = shown(SEED, [
  ['StudyRepository.create, findById', STUDIES, 'create, findById, update and delete'],
  ['StudyRepository.findByTenantId', STUDIES, 'findByTenantId answers for the tenant in hand'],
  ['StudyRepository.update', STUDIES, 'update does not change the state behind'],
  ['StudyRepository.delete', STUDIES, 'delete takes jobs, results, evidence and checkpoints along'],
  ['StudyRepository.updateState, getState', STUDIES, 'updateState and getState follow'],
  ['StudyRepository.updateProgress, getProgress', STUDIES, 'updateProgress changes what is given'],
]);

const JOB_REPOSITORY = shown(SEED, [
  ['JobRepository.findByStudyId', FIRST_STEPS, 'finds a study and its jobs'],
  ['JobRepository.createFromManifest', JOBS, 'createFromManifest makes no job twice'],
  ['JobRepository.findPendingJobs, findByStatus', JOBS, 'findByStatus and findPendingJobs find'],
  ['JobRepository.updateStatus with a result', JOBS, 'updateStatus stores a result in the same'],
  ['JobRepository.incrementRetryCount', JOBS, 'incrementRetryCount counts every one'],
  ['jobs for workers: claimNext', 'studies/workers', 'each job exactly once'],
]);

const RESULT_REPOSITORY = shown(SEED, [
  ['ResultRepository.create', RESULTS, 'ResultRepository.create takes'],
  ['ResultRepository.findByStudyId({ page, limit })', RESULTS, 'findByStudyId pages by number'],
  ['ResultRepository.findBySurface', RESULTS, 'findBySurface finds the results of one surface'],
  ['ResultRepository.getStudyStats', RESULTS, 'getStudyStats tells counts, success rate'],
]);

const CONNECTION = shown(SEED, [
  ['createDatabaseClient, new StudyRepository(db)', FIRST_STEPS, 'with new StudyRepository(db)'],
  ['poolSize and timeout', 'database-client', 'takes the size of the pool and the time to wait'],
  ['healthCheck, disconnect', 'database-client', 'answers its health check, and disconnects'],
  ['the whole schema and its repositories', 'database-client', 'brings the whole schema'],
  ['migrations applied', 'medium/schema/migrations', 'run at a start'],
  ['tests against a database of DATABASE_URL', 'testing/test-database', 'a server'],
]);

const ISOLATION = shown(SEED, [
  ['tenant_id in every table', 'shipped/catalog', 'has a tenant in every other table'],
  ['repositories act for the tenant', STUDIES, 'shows and changes nothing of another tenant'],
  ['direct queries are held to the tenant', FIRST_STEPS, 'holds direct queries to the tenant'],
  ['one tenant attacks another', 'shipped/attacks', 'reaches no row of it, and changes none'],
]);

const SOFT_DELETES = shown(SEED, [
  ['delete sets deletedAt', FIRST_STEPS, 'deletes softly with deletedAt'],
  ['hardDelete', STUDIES, 'hardDelete removes a study and all of it for good'],
  ['findAll({ includeDeleted: true })', STUDIES, 'findAll with includeDeleted finds deleted'],
  ['restore', 'repositories/soft-delete-act', 'reaches over several levels, and brings all'],
]);

export const BENTHAM = [
  ...TABLES,
  ...STUDY_REPOSITORY,
  ...JOB_REPOSITORY,
  ...RESULT_REPOSITORY,
  ...CONNECTION,
  ...ISOLATION,
  ...SOFT_DELETES,
];

export const BENTHAM_LATER = awaited(SEED, [
  ['db:migrate:dev: migrations generated from changes', 'the safe migration commands'],
  ['db:migrate:deploy: as a command beside the start', 'the safe migration commands'],
  ['db:reset in development', 'maintenance'],
]);
