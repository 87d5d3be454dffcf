import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  RowNotFoundError,
  TenantContext,
  TenantMismatchError,
  isCheckViolation,
} from 'nestjs-rowguard';
import { Checkpoint } from '../../../src/entities/studies/checkpoint.entity.js';
import { Evidence } from '../../../src/entities/studies/evidence.entity.js';
import { Job } from '../../../src/entities/studies/job.entity.js';
import { Result } from '../../../src/entities/studies/result.entity.js';
import { CostRepository } from '../../../src/repositories/costs/cost.repository.js';
import { CheckpointRepository } from '../../../src/repositories/studies/checkpoint.repository.js';
import { EvidenceRepository } from '../../../src/repositories/studies/evidence.repository.js';
import { JobRepository } from '../../../src/repositories/studies/job.repository.js';
import { ResultRepository } from '../../../src/repositories/studies/result.repository.js';
import { StudyRepository } from '../../../src/repositories/studies/study.repository.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const ENGINES = [
  ['PostgreSQL', openShipped],
  ['the embedded engine', openEmbeddedShipped],
] as const;
const NOBODY = '0190a000-0000-7000-8000-00000000ffff';

describe.each(ENGINES)('the StudyRepository on %s', (_, open) => {
  let shipped: ShippedSource;
  let studies: StudyRepository;
  let jobs: JobRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await open(['studies']);
    studies = new StudyRepository(shipped.source);
    jobs = new JobRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const newStudy = (name = 'Study') => acme(() => studies.create({ name }));

  /** With a job, a result, evidence, a checkpoint and a cost. */
  async function fullStudy(): Promise<string> {
    return acme(async () => {
      const { id } = await studies.create({ name: 'Full' });
      const [job] = await jobs.createFromManifest(id, [{ key: 'a' }, { key: 'b' }]);
      const jobId = job?.id ?? '';
      const result = await new ResultRepository(shipped.source).create({ jobId });
      const evidence = new EvidenceRepository(shipped.source);
      await evidence.create({ resultId: result.id, kind: 'text', content: 'seen' });
      await new CheckpointRepository(shipped.source).save(id, { at: 1 });
      const cost = { studyId: id, jobId, amount: '0.5', model: 'm', provider: 'p' };
      await new CostRepository(shipped.source).create(cost);
      return id;
    });
  }

  const countsOf = (studyId: string) =>
    acme(() =>
      Promise.all(
        [Job, Result, Evidence, Checkpoint].map((entity) =>
          shipped.source.manager.countBy(entity, { studyId }),
        ),
      ),
    );

  it('create, findById, update and delete do what they say, and answer with the row', async () => {
    const study = await acme(() =>
      studies.create({ name: 'First', definition: { surfaces: ['a'], nothing: null } }),
    );

    const changed = await acme(() => studies.update(study.id, { name: 'Second' }));
    await acme(() => studies.delete(study.id));

    expect(study).toMatchObject({ tenantId: ACME, state: 'draft', totalCount: 0 });
    expect(changed).toMatchObject({
      name: 'Second',
      definition: { surfaces: ['a'], nothing: null },
      version: 2,
    });
    await expect(acme(() => studies.findById(study.id))).resolves.toBeNull();
    await expect(acme(() => studies.update(study.id, { name: 'x' }))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
  });

  it('findByTenantId answers for the tenant in hand, and refuses another one', async () => {
    const { id } = await newStudy('Mine');

    const found = await acme(() => studies.findByTenantId(ACME.toUpperCase()));

    expect(found.map((study) => study.id)).toContain(id);
    for (const tenantId of [GLOBEX, '', undefined, null, 7]) {
      await expect(acme(() => studies.findByTenantId(tenantId as never))).rejects.toBeInstanceOf(
        TenantMismatchError,
      );
    }
    await expect(as(GLOBEX, () => studies.findByTenantId(GLOBEX))).resolves.toEqual([]);
  });

  it('findAll with includeDeleted finds deleted studies as well', async () => {
    const { id } = await newStudy();
    await acme(() => studies.delete(id));

    const [all, living] = [
      await acme(() => studies.findAll({ includeDeleted: true })),
      await acme(() => studies.findAll()),
    ];

    expect(all.find((study) => study.id === id)?.deletedAt).toBeInstanceOf(Date);
    expect(living.map((study) => study.id)).not.toContain(id);
  });

  it('updateState and getState follow the state machine', async () => {
    const { id } = await newStudy();
    const to = (state: string, error?: string) =>
      acme(() => studies.updateState(id, state as never, error));

    await expect(to('completed')).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await to('queued');
    const running = await to('running');
    await to('paused');
    const again = await to('running');
    const failed = await to('failed', 'out of budget');

    expect(running.startedAt).toBeInstanceOf(Date);
    expect(again.startedAt).toEqual(running.startedAt);
    expect(failed).toMatchObject({ error: 'out of budget', finishedAt: expect.any(Date) });
    await expect(to('queued')).resolves.toMatchObject({ error: null, finishedAt: null });
    await expect(acme(() => studies.getState(id))).resolves.toBe('queued');
    await expect(to('nonsense')).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await expect(acme(() => studies.getState(NOBODY))).rejects.toBeInstanceOf(RowNotFoundError);
  });

  it('update does not change the state behind the back of updateState', async () => {
    const { id } = await newStudy();

    const attempt = acme(() => studies.update(id, { state: 'completed', name: 'x' }));

    await expect(attempt).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await expect(acme(() => studies.getById(id))).resolves.toMatchObject({ name: 'Study' });
  });

  it('updateProgress changes what is given, and getProgress tells how far a study is', async () => {
    const { id } = await newStudy();

    await acme(() => studies.updateProgress(id, { completed: 30, total: 200, failed: 10 }));
    await acme(() => studies.updateProgress(id, { completed: 90, note: 'half way' }));

    await expect(acme(() => studies.getProgress(id))).resolves.toEqual({
      total: 200,
      completed: 90,
      failed: 10,
      note: 'half way',
      percent: 50,
    });
    await expect(acme(() => studies.getProgress(NOBODY))).rejects.toBeInstanceOf(RowNotFoundError);
    const { id: fresh } = await newStudy();
    await expect(acme(() => studies.getProgress(fresh))).resolves.toMatchObject({ percent: 0 });
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { total: -1 },
    { total: 1.5 },
    { completed: '3' },
    { total: 1e12 },
    { total: 3, completed: 2, failed: 2 },
    { total: null },
  ])('updateProgress refuses %j', async (report) => {
    const { id } = await newStudy();

    await expect(acme(() => studies.updateProgress(id, report as never))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('lets nothing report more than there is to do, whatever was reported before', async () => {
    const { id } = await newStudy();
    await acme(() => studies.updateProgress(id, { total: 3 }));

    const error = await acme(() => studies.updateProgress(id, { completed: 4 })).catch(
      (one: unknown) => one,
    );

    expect(isCheckViolation(error)).toBe(true);
  });

  it('countProgress counts the jobs as they are', async () => {
    const { id } = await newStudy();
    await acme(async () => {
      await jobs.createFromManifest(id, [{ key: 'a' }, { key: 'b' }, { key: 'c' }, { key: 'd' }]);
      const [first, second] = await jobs.claimNext(id, 3);
      await jobs.updateStatus(first?.id ?? '', 'completed');
      await jobs.updateStatus(second?.id ?? '', 'failed');
    });

    await expect(acme(() => studies.countProgress(id))).resolves.toMatchObject({
      total: 4,
      completed: 1,
      failed: 1,
      percent: 50,
    });
  });

  it('delete takes jobs, results, evidence and checkpoints along, and restore brings all back', async () => {
    const [id, other] = [await fullStudy(), await fullStudy()];

    await acme(() => studies.delete(id));

    expect(await countsOf(id)).toEqual([0, 0, 0, 0]);
    expect(await countsOf(other)).toEqual([2, 1, 1, 1]);
    await acme(() => studies.restore(id));
    expect(await countsOf(id)).toEqual([2, 1, 1, 1]);
  });

  it('hardDelete removes a study and all of it for good; what it cost stays in the ledger', async () => {
    const id = await fullStudy();

    await acme(() => studies.hardDelete(id));

    await expect(acme(() => studies.restore(id))).rejects.toBeInstanceOf(RowNotFoundError);
    expect(await countsOf(id)).toEqual([0, 0, 0, 0]);
    await expect(
      acme(() => new CostRepository(shipped.source).getTotalCostByStudy(id)),
    ).resolves.toEqual({ USD: '0.500000' });
  });

  it('shows and changes nothing of another tenant', async () => {
    const id = await fullStudy();

    await as(GLOBEX, async () => {
      await expect(studies.findById(id)).resolves.toBeNull();
      for (const attempt of [
        () => studies.update(id, { name: 'x' }),
        () => studies.updateState(id, 'queued'),
        () => studies.getState(id),
        () => studies.updateProgress(id, { total: 1 }),
        () => studies.getProgress(id),
        () => studies.delete(id),
        () => studies.restore(id),
      ]) {
        await expect(attempt()).rejects.toBeInstanceOf(RowNotFoundError);
      }
      await studies.hardDelete(id);
    });
    expect(await countsOf(id)).toEqual([2, 1, 1, 1]);
  });
});
