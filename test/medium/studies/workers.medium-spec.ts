import { AsyncResource } from 'node:async_hooks';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type QueryRunner, type Logger } from 'typeorm';
import { TenantContext, createDataSource, type RowguardDataSource } from 'nestjs-rowguard';
import { JobRepository } from '../../../src/repositories/studies/job.repository.js';
import { StudyRepository } from '../../../src/repositories/studies/study.repository.js';
import { ACME } from '../../support/shop.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';

const WORKERS = 16;
const JOBS = 240;
const ELSEWHERE = new AsyncResource('another caller');

describe('many workers on one study', () => {
  let shipped: ShippedSource;
  let source: RowguardDataSource;
  let studies: StudyRepository;
  let jobs: JobRepository;
  const statements: string[] = [];
  const acme = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);

  beforeAll(async () => {
    shipped = await openShipped(['studies']);
    source = createDataSource({
      url: shipped.database?.url ?? '',
      schema: ['studies'],
      migrate: 'check',
      pool: { max: WORKERS },
    });
    await source.initialize();
    source.logger = counting(statements);
    studies = new StudyRepository(source);
    jobs = new JobRepository(source);
  });
  afterAll(async () => {
    await source.destroy();
    await shipped.close();
  });

  const studyOf = (count: number) =>
    acme(async () => {
      const { id } = await studies.create({ name: 'Study' });
      const manifest = Array.from({ length: count }, (_, at) => ({ key: `k${at}` }));
      await jobs.createFromManifest(id, manifest);
      return id;
    });

  async function workUntilDry(studyId: string, worker: string): Promise<string[]> {
    const done: string[] = [];
    for (;;) {
      const claimed = await acme(() => jobs.claimNext(studyId, 3, worker));
      if (claimed.length === 0) return done;
      done.push(...claimed.map((job) => job.id));
    }
  }

  it('claimNext hands 240 jobs to 16 workers, each job exactly once', async () => {
    const studyId = await studyOf(JOBS);

    const taken = await Promise.all(
      Array.from({ length: WORKERS }, (_, at) => workUntilDry(studyId, `worker-${at}`)),
    );

    const all = taken.flat();
    expect(all).toHaveLength(JOBS);
    expect(new Set(all).size).toBe(JOBS);
    expect(taken.filter((one) => one.length > 0).length).toBeGreaterThan(1);
    await expect(acme(() => jobs.findByStatus(studyId, 'executing'))).resolves.toHaveLength(JOBS);
  });

  it('claimNext passes over jobs that another transaction holds, without waiting', async () => {
    const studyId = await studyOf(4);

    await acme(() =>
      jobs.transaction(async () => {
        const held = await jobs.claimNext(studyId, 2);
        const others = await outside(() => jobs.claimNext(studyId, 4));

        expect(held).toHaveLength(2);
        expect(others).toHaveLength(2);
      }),
    );
  });

  it('createFromManifest writes 2,000 jobs in one transaction of two statements', async () => {
    const { id } = await acme(() => studies.create({ name: 'Large' }));
    const manifest = Array.from({ length: 2_000 }, (_, at) => ({
      key: `k${at}`,
      payload: { question: `What about ${at}?` },
    }));
    statements.length = 0;

    const made = await acme(() => jobs.createFromManifest(id, manifest));

    expect(made).toHaveLength(2_000);
    expect(made.map((job) => job.position)).toEqual(manifest.map((_, at) => at));
    expect(statements.map((sql) => sql.trimStart().slice(0, 6))).toEqual([
      'START ',
      'SELECT',
      'INSERT',
      'COMMIT',
    ]);
  });

  it('createFromManifest of a manifest that is there already reads its jobs in one more statement', async () => {
    const studyId = await studyOf(500);
    const manifest = Array.from({ length: 500 }, (_, at) => ({ key: `k${at}` }));
    statements.length = 0;

    const again = await acme(() => jobs.createFromManifest(studyId, manifest));

    expect(again).toHaveLength(500);
    expect(statements).toHaveLength(5);
  });

  it('createFromManifest by two at once makes each job once, and both get all of them', async () => {
    const { id } = await acme(() => studies.create({ name: 'Shared' }));
    const manifest = Array.from({ length: 300 }, (_, at) => ({ key: `k${at}` }));

    const both = await Promise.all([
      acme(() => jobs.createFromManifest(id, manifest)),
      acme(() => jobs.createFromManifest(id, manifest)),
    ]);

    const [first, second] = both.map((made) => made.map((job) => job.id));
    expect(first).toHaveLength(300);
    expect(second).toEqual(first);
  });

  it('refuses a manifest for a study that is deleted meanwhile', async () => {
    const { id } = await acme(() => studies.create({ name: 'Going' }));

    const [deleted, made] = await Promise.allSettled([
      acme(() => studies.delete(id)),
      acme(() => jobs.createFromManifest(id, [{ key: 'a' }])),
    ]);

    expect(deleted.status).toBe('fulfilled');
    const living = await acme(() => jobs.findByStudyId(id));
    expect(living).toEqual([]);
    if (made.status === 'rejected') {
      expect(made.reason).toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    }
  });
});

/** As another caller would: without the transaction of the work in hand. */
function outside<T>(work: () => Promise<T>): Promise<T> {
  return ELSEWHERE.runInAsyncScope(() => TenantContext.run({ tenantId: ACME }, work));
}

function counting(statements: string[]): Logger {
  const nothing = () => undefined;
  return {
    logQuery: (sql: string, _values?: unknown[], _runner?: QueryRunner) => {
      statements.push(sql);
    },
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
}
