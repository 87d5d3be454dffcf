import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ContentDamagedError,
  InvalidInputError,
  RowNotFoundError,
  TenantContext,
} from 'nestjs-rowguard';
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

describe.each(ENGINES)('what studies bring, on %s', (_, open) => {
  let shipped: ShippedSource;
  let studies: StudyRepository;
  let jobs: JobRepository;
  let results: ResultRepository;
  let evidence: EvidenceRepository;
  let checkpoints: CheckpointRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await open(['studies']);
    studies = new StudyRepository(shipped.source);
    jobs = new JobRepository(shipped.source);
    results = new ResultRepository(shipped.source);
    evidence = new EvidenceRepository(shipped.source);
    checkpoints = new CheckpointRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  async function newStudy(count = 1) {
    return acme(async () => {
      const { id } = await studies.create({ name: 'S' });
      const manifest = Array.from({ length: count }, (_, at) => ({
        key: `k${at}`,
        surfaceId: at % 2 === 0 ? 'search' : 'chat',
      }));
      const made = await jobs.createFromManifest(id, manifest);
      return { id, jobs: made.map((job) => job.id), jobId: made[0]?.id ?? '' };
    });
  }

  it('ResultRepository.create takes study and surface from the job', async () => {
    const study = await newStudy();

    const result = await acme(() => results.create({ jobId: study.jobId, data: { answer: [1] } }));

    expect(result).toMatchObject({ studyId: study.id, surfaceId: 'search', status: 'succeeded' });
    const other = await newStudy();
    await expect(
      acme(() => results.create({ jobId: study.jobId, studyId: other.id })),
    ).rejects.toBeInstanceOf(InvalidInputError);
    for (const jobId of [NOBODY, undefined, 'no id']) {
      await expect(acme(() => results.create({ jobId: jobId as string }))).rejects.toMatchObject({
        code: expect.stringMatching(/ROW_NOT_FOUND|INPUT_INVALID/),
      });
    }
  });

  it('findByStudyId pages by number with the total, and findPageByStudyId by cursor', async () => {
    const study = await newStudy(7);
    await acme(async () => {
      for (const jobId of study.jobs) await results.create({ jobId });
    });

    const second = await acme(() => results.findByStudyId(study.id, { page: 2, limit: 3 }));
    const first = await acme(() => results.findPageByStudyId(study.id, { limit: 5 }));
    const last = await acme(() =>
      results.findPageByStudyId(study.id, { limit: 5, after: first.next ?? '' }),
    );

    expect(second).toMatchObject({ total: 7, page: 2, limit: 3, pages: 3 });
    expect(second.items.map((one) => one.jobId)).toEqual(study.jobs.slice(3, 6));
    expect([...first.items, ...last.items].map((one) => one.jobId)).toEqual(study.jobs);
    expect(last.next).toBeUndefined();
    await expect(acme(() => results.findByStudyId(study.id, { page: 0 }))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('findBySurface finds the results of one surface', async () => {
    const study = await newStudy(3);
    await acme(async () => {
      for (const jobId of study.jobs) await results.create({ jobId });
    });

    const found = await acme(() => results.findBySurface(study.id, 'chat'));

    expect(found.map((one) => one.jobId)).toEqual([study.jobs[1]]);
  });

  it('getStudyStats tells counts, success rate, percentiles and cost', async () => {
    const study = await newStudy(101);
    const costs = new CostRepository(shipped.source);
    await acme(async () => {
      const claimed = await jobs.claimNext(study.id, 101);
      for (const [at, job] of claimed.entries()) {
        if (at === 100) break;
        const status = at < 75 ? 'completed' : 'failed';
        await jobs.updateStatus(job.id, status, { latencyMs: at + 1 });
      }
      const cost = { studyId: study.id, jobId: study.jobId, model: 'm', provider: 'p' };
      await costs.bulkCreateCosts([
        { ...cost, amount: '0.1' },
        { ...cost, amount: '0.2' },
        { ...cost, amount: '3', currency: 'EUR' },
      ]);
    });

    const stats = await acme(() => results.getStudyStats(study.id));

    expect(stats).toEqual({
      jobs: { completed: 75, failed: 25, executing: 1 },
      results: { total: 100, succeeded: 75, failed: 25 },
      successRate: 0.75,
      latencyMs: { p50: 50.5, p95: expect.closeTo(95.05), p99: expect.closeTo(99.01) },
      cost: { EUR: '3.000000', USD: '0.300000' },
    });
  });

  it('getStudyStats of a study without any result has no rate and no percentiles', async () => {
    const { id } = await acme(() => studies.create({ name: 'Empty' }));

    await expect(acme(() => results.getStudyStats(id))).resolves.toEqual({
      jobs: {},
      results: { total: 0, succeeded: 0, failed: 0 },
      successRate: null,
      latencyMs: { p50: null, p95: null, p99: null },
      cost: {},
    });
    for (const attempt of [
      () => acme(() => results.getStudyStats(NOBODY)),
      () => as(GLOBEX, () => results.getStudyStats(id)),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(RowNotFoundError);
    }
  });

  it('evidence gets its SHA-256 when it is written, and read compares it', async () => {
    const study = await newStudy();
    const { id: resultId } = await acme(() => results.create({ jobId: study.jobId }));
    const bytes = Uint8Array.from([0, 255, 1, 254, 92, 120]);

    const picture = await acme(() =>
      evidence.create({ resultId, kind: 'screenshot', content: bytes, contentType: 'image/png' }),
    );
    const text = await acme(() => evidence.create({ resultId, kind: 'response', content: 'äöü' }));

    expect(picture).toMatchObject({ studyId: study.id, sizeBytes: 6, contentType: 'image/png' });
    expect(picture).not.toHaveProperty('content');
    expect(text).toMatchObject({
      sizeBytes: 6,
      contentType: 'text/plain',
      contentHash: 'bc329dbfa029f66476cb633afcd3136c65c840d0003ef6479583c09e64e2c33e',
    });
    const read = await acme(() => evidence.read(picture.id));
    expect(Uint8Array.from(read.content)).toEqual(bytes);
    const [listed] = await acme(() => evidence.findByResultId(resultId));
    expect(listed).not.toHaveProperty('content');
  });

  it('read and findDamaged notice content that is not what was written', async () => {
    const study = await newStudy();
    const { id: resultId } = await acme(() => results.create({ jobId: study.jobId }));
    const kind = 'text';
    const [good, bad] = await acme(() =>
      evidence.insertMany([
        { resultId, kind, content: 'one' },
        { resultId, kind, content: 'two' },
      ]),
    );
    await acme(() =>
      shipped.source.query('UPDATE evidence SET content = $2 WHERE id = $1 RETURNING 1', [
        bad?.id,
        Buffer.from('changed'),
      ]),
    );

    await expect(acme(() => evidence.read(bad?.id ?? ''))).rejects.toBeInstanceOf(
      ContentDamagedError,
    );
    await expect(acme(() => evidence.read(good?.id ?? ''))).resolves.toBeDefined();
    const damaged = await acme(() => evidence.findDamaged(study.id));
    expect(damaged.map((one) => one.id)).toEqual([bad?.id]);
  });

  it('evidence refuses what is none, all entries at once, and never changes its content', async () => {
    const study = await newStudy();
    const { id: resultId } = await acme(() => results.create({ jobId: study.jobId }));

    const attempt = acme(() =>
      evidence.insertMany([
        { resultId, kind: 'text', content: 'good' },
        { resultId, kind: '', content: 'x' },
        { kind: 'text', content: 7 } as never,
        null as never,
      ]),
    );

    await expect(attempt).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
      given: { entries: [{ index: 1 }, { index: 2 }, { index: 2 }, { index: 3 }] },
    });
    await expect(
      acme(() => evidence.create({ resultId: NOBODY, kind: 'text', content: '' })),
    ).rejects.toBeInstanceOf(RowNotFoundError);
    const { id } = await acme(() => evidence.create({ resultId, kind: 'text', content: '' }));
    await expect(acme(() => evidence.update(id, { contentHash: 'x' }))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
    await expect(acme(() => evidence.update(id, { kind: 'html' }))).resolves.toMatchObject({
      kind: 'html',
    });
    await expect(as(GLOBEX, () => evidence.read(id))).rejects.toBeInstanceOf(RowNotFoundError);
  });

  it('CheckpointRepository.save numbers the checkpoints, and latest finds the last', async () => {
    const study = await newStudy();

    await expect(acme(() => checkpoints.latest(study.id))).resolves.toBeNull();
    await Promise.all(
      Array.from({ length: 5 }, (_, at) => acme(() => checkpoints.save(study.id, { at }))),
    );
    const last = await acme(() => checkpoints.save(study.id, { cursor: 'x' }, 'before lunch'));

    const all = await acme(() => checkpoints.findByStudyId(study.id));
    expect(all.map((one) => one.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    await expect(acme(() => checkpoints.latest(study.id))).resolves.toEqual(last);
    expect(last).toMatchObject({ state: { cursor: 'x' }, label: 'before lunch' });
    await expect(as(GLOBEX, () => checkpoints.save(study.id, {}))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    await expect(as(GLOBEX, () => checkpoints.latest(study.id))).resolves.toBeNull();
  });

  it('resumeFrom sets the study running, and takes back the jobs of silent workers', async () => {
    const study = await newStudy(2);
    const first = await acme(() => checkpoints.save(study.id, { at: 1 }));
    await acme(() => checkpoints.save(study.id, { at: 2 }));
    await acme(() => studies.updateState(study.id, 'running'));
    await acme(() => jobs.claimNext(study.id, 1, 'silent'));
    await acme(() =>
      shipped.source.query(
        "UPDATE jobs SET claimed_at = now() - interval '1 hour' WHERE study_id = $1 AND status = 'executing' RETURNING 1",
        [study.id],
      ),
    );
    await acme(() => jobs.claimNext(study.id, 1, 'alive'));
    await acme(() => studies.updateState(study.id, 'failed', 'crashed'));

    const resumed = await acme(() => checkpoints.resumeFrom(study.id));
    const earlier = await acme(() => checkpoints.resumeFrom(study.id, first.id));

    expect(resumed).toMatchObject({
      study: { state: 'running', error: null, finishedAt: null },
      checkpoint: { state: { at: 2 } },
      released: [{ status: 'pending', retryCount: 1 }],
    });
    expect(earlier).toMatchObject({ checkpoint: { state: { at: 1 } }, released: [] });
    await expect(acme(() => jobs.findByStatus(study.id, 'executing'))).resolves.toMatchObject([
      { claimedBy: 'alive' },
    ]);
  });

  it('resumeFrom refuses a study that is over, and a checkpoint of another study', async () => {
    const [study, other] = [await newStudy(), await newStudy()];
    const foreign = await acme(() => checkpoints.save(other.id, {}));

    await expect(acme(() => checkpoints.resumeFrom(study.id))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    await expect(acme(() => checkpoints.resumeFrom(study.id, foreign.id))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    await expect(as(GLOBEX, () => checkpoints.resumeFrom(other.id))).rejects.toBeInstanceOf(
      RowNotFoundError,
    );
    await acme(() => studies.updateState(other.id, 'cancelled'));
    await expect(acme(() => checkpoints.resumeFrom(other.id))).rejects.toMatchObject({
      code: 'ROWGUARD_TRANSITION_REFUSED',
    });
  });
});
