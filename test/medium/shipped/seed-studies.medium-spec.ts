import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseClient,
  EvidenceRepository,
  Job,
  JobRepository,
  ResultRepository,
  Study,
  StudyRepository,
  TenantContextMissingError,
  createDatabaseClient,
} from 'nestjs-rowguard';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { settle } from '../../support/shipped-source.js';
import { ACME, GLOBEX } from '../../support/shop.js';

describe('the first steps with studies, on a database client', () => {
  let database: ScratchDatabase;
  let db: DatabaseClient;
  let studies: StudyRepository;
  const acme = <T>(work: () => Promise<T>) => db.withTenantContext(ACME, work);
  const globex = <T>(work: () => Promise<T>) => db.withTenantContext(GLOBEX, work);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await ScratchDatabase.create();
    db = createDatabaseClient({ connectionString: database.url, poolSize: 10, timeout: 30_000 });
    studies = new StudyRepository(db);
    await db.connect();
    await settle(db);
  });
  afterAll(async () => {
    await db.disconnect();
    await database.drop();
  });

  it('makes repositories with new StudyRepository(db), and finds a study and its jobs', async () => {
    const jobs = new JobRepository(db);
    const created = await acme(async () => {
      const study = await studies.create({ name: 'First' });
      await jobs.createFromManifest(study.id, [{ key: 'a' }, { key: 'b' }]);
      return study;
    });

    const study = await acme(() => studies.findById(created.id));
    const found = await acme(() => jobs.findByStudyId(created.id));

    expect(study).toMatchObject({ id: created.id, tenantId: ACME, name: 'First' });
    expect(found.map((job) => job.manifestKey)).toEqual(['a', 'b']);
    expect(await db.healthCheck()).toBe(true);
  });

  it('leads from the tenant to the evidence by the relations between the tables', async () => {
    const { id } = await acme(async () => {
      const study = await studies.create({ name: 'Related' });
      const [job] = await new JobRepository(db).createFromManifest(study.id, [{ key: 'a' }]);
      const result = await new ResultRepository(db).create({ jobId: job?.id ?? '' });
      const evidence = { resultId: result.id, kind: 'text', content: 'seen' };
      return new EvidenceRepository(db).create(evidence);
    });

    const found = await acme(() =>
      new EvidenceRepository(db).getById(id, {
        relations: { result: { job: { study: true } } },
      }),
    );

    expect(found).toMatchObject({
      tenantId: ACME,
      result: { job: { manifestKey: 'a', study: { name: 'Related', tenantId: ACME } } },
    });
  });

  it('holds direct queries to the tenant, whatever filter they bring', async () => {
    const mine = await acme(() => studies.create({ name: 'Mine' }));

    const byFilter = await globex(() => db.manager.find(Study, { where: { tenantId: ACME } }));
    const byBuilder = await globex(() =>
      db.createQueryBuilder(Job, 'job').where('job.tenantId = :id', { id: ACME }).getMany(),
    );
    const bySql = await globex(() => db.query('select id from studies where id = $1', [mine.id]));

    expect([byFilter, byBuilder, bySql]).toEqual([[], [], []]);
    await expect(db.manager.find(Study)).rejects.toBeInstanceOf(TenantContextMissingError);
    await expect(acme(() => studies.findById(mine.id))).resolves.not.toBeNull();
  });

  it('deletes softly with deletedAt, lists deleted rows when asked, and deletes for good', async () => {
    const { id } = await acme(() => studies.create({ name: 'Short-lived' }));
    const deletedAt = async () =>
      (await acme(() => studies.findAll({ includeDeleted: true }))).find((one) => one.id === id)
        ?.deletedAt;

    await acme(() => studies.delete(id));

    await expect(acme(() => studies.findById(id))).resolves.toBeNull();
    await expect(deletedAt()).resolves.toBeInstanceOf(Date);
    await acme(() => studies.hardDelete(id));
    await expect(deletedAt()).resolves.toBeUndefined();
  });
});
