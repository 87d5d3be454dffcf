import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidInputError, RowNotFoundError, TenantContext } from 'nestjs-rowguard';
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
  ['PostgreSQL', openShipped, { predicate: true, policies: true }],
  ['PostgreSQL behind the predicate alone', openShipped, { predicate: true, policies: false }],
  ['the embedded engine', openEmbeddedShipped, { predicate: true, policies: true }],
] as const;

describe.each(ENGINES)('the JobRepository on %s', (_, open, walls) => {
  let shipped: ShippedSource;
  let studies: StudyRepository;
  let jobs: JobRepository;
  let results: ResultRepository;
  const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
  const acme = <T>(work: () => Promise<T>) => as(ACME, work);

  beforeAll(async () => {
    shipped = await open(['studies'], { tenancy: { walls } });
    studies = new StudyRepository(shipped.source);
    jobs = new JobRepository(shipped.source);
    results = new ResultRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  const newStudy = () => acme(() => studies.create({ name: 'Study' }));
  const manifest = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ key: `k${at}`, surfaceId: `s${at % 3}` }));

  it('createFromManifest makes the jobs in the order of the manifest', async () => {
    const { id } = await newStudy();

    const made = await acme(() =>
      jobs.createFromManifest(id, [
        { key: 'b', payload: { question: 'why?', depth: { of: [1, null] } } },
        { key: 'a', surfaceId: 'search', priority: 2, maxRetries: 7 },
      ]),
    );

    expect(made).toMatchObject([
      { manifestKey: 'b', position: 0, payload: { question: 'why?', depth: { of: [1, null] } } },
      { manifestKey: 'a', position: 1, surfaceId: 'search', priority: 2, maxRetries: 7 },
    ]);
    expect(made[0]).toMatchObject({
      studyId: id,
      tenantId: ACME,
      status: 'pending',
      retryCount: 0,
    });
    expect(made[0]?.createdAt).toBeInstanceOf(Date);
    await expect(acme(() => jobs.findByStudyId(id))).resolves.toEqual(made);
  });

  it('createFromManifest makes no job twice, and answers with those that were there already', async () => {
    const { id } = await newStudy();
    const first = await acme(() => jobs.createFromManifest(id, manifest(3)));
    await acme(() => jobs.updateStatus(first[1]?.id ?? '', 'cancelled'));

    const again = await acme(() =>
      jobs.createFromManifest(id, [{ key: 'new' }, ...manifest(3).reverse()]),
    );

    expect(again.map((job) => job.manifestKey)).toEqual(['new', 'k2', 'k1', 'k0']);
    expect(again.slice(1).map((job) => job.id)).toEqual(first.map((job) => job.id).reverse());
    expect(again[2]?.status).toBe('cancelled');
    await expect(acme(() => jobs.countBy({ studyId: id }))).resolves.toBe(4);
  });

  it('createFromManifest tells all bad entries at once, each by its index, and writes nothing', async () => {
    const { id } = await newStudy();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;

    const attempt = acme(() =>
      jobs.createFromManifest(id, [
        { key: 'good' },
        { key: '' },
        { key: 'good' },
        null as never,
        { key: 'x', priority: -1, maxRetries: 0.5, surfaceId: '' },
        { key: 'c', payload: circle },
        { key: 'n', payload: { text: 'a\u0000b' } },
        { key: 'h', payload: { text: '\ud800' } },
        { key: 'fine', payload: { text: String.raw`\u0000` } },
        { key: 'list', payload: [] as never },
      ]),
    );

    const error = await attempt.catch((one: unknown) => one as InvalidInputError);
    expect(error).toBeInstanceOf(InvalidInputError);
    const { entries } = (error as InvalidInputError).given as {
      entries: { index: number; problem: string }[];
    };
    expect(entries.map((one) => one.index)).toEqual([1, 2, 3, 4, 4, 4, 5, 6, 7, 9]);
    expect(entries[1]?.problem).toBe('has the key of entry 0');
    await expect(acme(() => jobs.findByStudyId(id))).resolves.toEqual([]);
  });

  it.each([undefined, null, {}, 'text', 7])(
    'createFromManifest refuses %j as a manifest',
    async (given) => {
      const { id } = await newStudy();

      const attempt = acme(() => jobs.createFromManifest(id, given as never));

      await expect(attempt).rejects.toBeInstanceOf(InvalidInputError);
    },
  );

  it('createFromManifest stores text that only looks like a nul character', async () => {
    const { id } = await newStudy();
    const payload = { text: String.raw`a\u0000b \\u0000`, quote: '"\u2028\'', emoji: '😀' };

    const [job] = await acme(() => jobs.createFromManifest(id, [{ key: 'k', payload }]));

    expect(job?.payload).toEqual(payload);
  });

  it('createFromManifest wants a living study of the tenant in hand', async () => {
    const { id } = await newStudy();
    const gone = await newStudy();
    await acme(() => studies.delete(gone.id));

    for (const attempt of [
      () => as(GLOBEX, () => jobs.createFromManifest(id, manifest(1))),
      () => acme(() => jobs.createFromManifest(gone.id, manifest(1))),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(RowNotFoundError);
    }
    await expect(acme(() => jobs.createFromManifest('no id', manifest(1)))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('findByStatus and findPendingJobs find the jobs of a study by their status', async () => {
    const { id } = await newStudy();
    const entries = manifest(4).map((entry, at) => ({ ...entry, priority: 9 - at }));
    await acme(() => jobs.createFromManifest(id, entries));
    const [claimed] = await acme(() => jobs.claimNext(id));

    const executing = await acme(() => jobs.findByStatus(id, 'executing'));
    const pending = await acme(() => jobs.findPendingJobs(id));

    expect(executing.map((job) => job.id)).toEqual([claimed?.id]);
    expect(pending.map((job) => job.manifestKey)).toEqual(['k2', 'k1', 'k0']);
    await expect(acme(() => jobs.findByStatus(id, 'lost' as never))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('updateStatus stores a result in the same transaction', async () => {
    const { id } = await newStudy();
    await acme(() => jobs.createFromManifest(id, manifest(1)));
    const [job] = await acme(() => jobs.claimNext(id, 1, 'worker-1'));
    const jobId = job?.id ?? '';

    const done = await acme(() =>
      jobs.updateStatus(jobId, 'completed', { data: { answer: 42 }, latencyMs: 120.5 }),
    );

    expect(done).toMatchObject({ status: 'completed', claimedBy: 'worker-1', claimedAt: null });
    expect(done.finishedAt).toBeInstanceOf(Date);
    const { items } = await acme(() => results.findByStudyId(id));
    expect(items).toMatchObject([
      { jobId, status: 'succeeded', surfaceId: 's0', data: { answer: 42 }, latencyMs: 120.5 },
    ]);
  });

  it('updateStatus moves nothing when the result cannot be stored', async () => {
    const { id } = await newStudy();
    await acme(() => jobs.createFromManifest(id, manifest(1)));
    const [job] = await acme(() => jobs.claimNext(id));
    const jobId = job?.id ?? '';

    const attempts = [
      () => jobs.updateStatus(jobId, 'completed', { latencyMs: -1 }),
      () => jobs.updateStatus(jobId, 'pending', { data: {} }),
      () => jobs.updateStatus(jobId, 'failed', 'text' as never),
    ];

    for (const attempt of attempts) await expect(acme(attempt)).rejects.toThrow();
    await expect(acme(() => jobs.getById(jobId))).resolves.toMatchObject({ status: 'executing' });
  });

  it('updateStatus follows the state machine, with retry back to pending', async () => {
    const { id } = await newStudy();
    const [job] = await acme(() => jobs.createFromManifest(id, manifest(1)));
    const move = (status: string, outcome?: object) =>
      acme(() => jobs.updateStatus(job?.id ?? '', status as never, outcome));

    await expect(move('completed')).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await move('executing');
    await move('failed', { error: 'timed out' });
    await expect(move('completed')).rejects.toThrow(/is failed and cannot become completed/);
    const retried = await move('pending');
    expect(retried).toMatchObject({ status: 'pending', finishedAt: null, error: 'timed out' });
    await move('executing');
    await expect(move('completed')).resolves.toMatchObject({ status: 'completed', error: null });
    for (const status of ['pending', 'nonsense', undefined, 7]) {
      await expect(move(status as string)).rejects.toMatchObject({
        code: 'ROWGUARD_TRANSITION_REFUSED',
      });
    }
  });

  it('update leaves the status to updateStatus', async () => {
    const { id } = await newStudy();
    const [job] = await acme(() => jobs.createFromManifest(id, manifest(1)));

    await expect(
      acme(() => jobs.update(job?.id ?? '', { status: 'completed' })),
    ).rejects.toMatchObject({ code: 'ROWGUARD_TRANSITION_REFUSED' });
    await expect(acme(() => jobs.update(job?.id ?? '', { priority: 3 }))).resolves.toMatchObject({
      priority: 3,
      status: 'pending',
    });
  });

  it('incrementRetryCount counts every one of many at once', async () => {
    const { id } = await newStudy();
    const [job] = await acme(() => jobs.createFromManifest(id, manifest(1)));

    await Promise.all(
      Array.from({ length: 20 }, () => acme(() => jobs.incrementRetryCount(job?.id ?? ''))),
    );

    await expect(acme(() => jobs.getById(job?.id ?? ''))).resolves.toMatchObject({
      retryCount: 20,
    });
  });

  it('claimNext hands out by priority, then by position, and nothing of a study that is paused or over', async () => {
    const { id } = await newStudy();
    const entries = [{ key: 'late', priority: 5 }, { key: 'first' }, { key: 'second' }];
    await acme(() => jobs.createFromManifest(id, entries));
    await acme(() => studies.updateState(id, 'running'));

    await expect(acme(() => jobs.claimNext(id, 2, 'w'))).resolves.toMatchObject([
      { manifestKey: 'first', status: 'executing', claimedBy: 'w' },
      { manifestKey: 'second', status: 'executing', claimedBy: 'w' },
    ]);
    await acme(() => studies.updateState(id, 'paused'));
    await expect(acme(() => jobs.claimNext(id, 2))).resolves.toEqual([]);
    await acme(() => studies.updateState(id, 'running'));
    await expect(acme(() => jobs.claimNext(id, 2))).resolves.toMatchObject([
      { manifestKey: 'late' },
    ]);
    await expect(acme(() => jobs.claimNext(id, 2))).resolves.toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN, 1e9, '3', null])(
    'claimNext and releaseStaleClaims refuse %p as a number',
    async (given) => {
      const { id } = await newStudy();

      await expect(acme(() => jobs.claimNext(id, given as never))).rejects.toBeInstanceOf(
        InvalidInputError,
      );
      await expect(
        acme(() => jobs.releaseStaleClaims(id, (given === 1e9 ? 1e12 : given) as never)),
      ).rejects.toBeInstanceOf(InvalidInputError);
    },
  );

  it('releaseStaleClaims gives jobs of silent workers back, until their retries are spent', async () => {
    const { id } = await newStudy();
    const entries = [{ key: 'a', maxRetries: 1 }, { key: 'b' }];
    await acme(() => jobs.createFromManifest(id, entries));
    const [a] = await acme(() => jobs.claimNext(id, 1, 'silent'));
    const anHourAgo = new Date(Date.now() - 3_600_000);
    const goSilent = () => acme(() => jobs.update(a?.id ?? '', { claimedAt: anHourAgo }));

    await expect(acme(() => jobs.releaseStaleClaims(id, 60_000))).resolves.toEqual([]);
    await goSilent();
    await expect(as(GLOBEX, () => jobs.releaseStaleClaims(id, 60_000))).resolves.toEqual([]);
    await expect(acme(() => jobs.releaseStaleClaims(id, 60_000))).resolves.toMatchObject([
      { id: a?.id, status: 'pending', retryCount: 1, claimedBy: null, claimedAt: null },
    ]);
    await acme(() => jobs.claimNext(id, 1));
    await goSilent();
    await expect(acme(() => jobs.releaseStaleClaims(id, 60_000))).resolves.toMatchObject([
      { id: a?.id, status: 'failed', retryCount: 1, error: 'The worker went silent' },
    ]);
  });

  it('shows, claims and changes no job of another tenant', async () => {
    const { id } = await newStudy();
    const [job] = await acme(() => jobs.createFromManifest(id, manifest(1)));
    const jobId = job?.id ?? '';

    await as(GLOBEX, async () => {
      await expect(jobs.findByStudyId(id)).resolves.toEqual([]);
      await expect(jobs.findPendingJobs(id)).resolves.toEqual([]);
      await expect(jobs.claimNext(id, 5)).resolves.toEqual([]);
      await expect(jobs.updateStatus(jobId, 'executing')).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(jobs.incrementRetryCount(jobId)).rejects.toBeInstanceOf(RowNotFoundError);
      await expect(jobs.delete(jobId)).rejects.toBeInstanceOf(RowNotFoundError);
    });
    await expect(acme(() => jobs.getById(jobId))).resolves.toEqual(job);
  });
});
