import type { DataSource, ObjectLiteral } from 'typeorm';
import { JOB_STATUSES, Job, type JobStatus } from '../../entities/studies/job.entity.js';
import { Result } from '../../entities/studies/result.entity.js';
import { Study } from '../../entities/studies/study.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import { requireLiving } from '../living-row.js';
import { sendOwn } from '../own-statement.js';
import { checkedCount } from '../../validation/page-limit.js';
import { entitiesFrom } from '../returned-rows.js';
import { StateMachine } from '../state-machine.js';
import { type JobManifest, checkedManifest } from './job-manifest.js';
import { type JobOutcome, resultRowOf } from './job-outcome.js';
import { CLAIM_NEXT, INSERT_MANIFEST, RELEASE_STALE } from './job-statements.js';

const MACHINE = new StateMachine<Job, JobStatus>('status', {
  pending: ['executing', 'cancelled'],
  executing: ['completed', 'failed', 'cancelled', 'pending'],
  completed: [],
  failed: ['pending'],
  cancelled: [],
});

const MOST_CLAIMS = 1_000;
const LONGEST_AGE_MS = 366 * 24 * 60 * 60 * 1_000;

/** Jobs: made in bulk, handed out to workers once each, and moved by their state machine. */
export class JobRepository extends DomainRepository<Job> {
  constructor(source: DataSource) {
    super(Job, source);
  }

  /**
   * Makes the jobs of a manifest, however many, in one statement. A key that the study has already
   * makes no new job. Answers with all jobs of the manifest, in its order.
   */
  async createFromManifest(studyId: string, manifest: JobManifest): Promise<Job[]> {
    const rows = checkedManifest(manifest);
    return this.transaction(async () => {
      await requireLiving(this.manager, Study, studyId);
      if (rows.length === 0) return [];
      const made = await this.ask(INSERT_MANIFEST, studyId, JSON.stringify(rows));
      const byKey = new Map(made.map((job) => [job.manifestKey, job]));
      const others = rows.map((row) => row.manifest_key).filter((key) => !byKey.has(key));
      const there = others.length > 0 ? await this.findByKeys(studyId, others) : [];
      for (const job of there) byKey.set(job.manifestKey, job);
      return rows.flatMap((row) => byKey.get(row.manifest_key) ?? []);
    });
  }

  /** In the order of the manifest. */
  findByStudyId(studyId: string): Promise<Job[]> {
    return this.find({ where: { studyId }, order: { position: 'ASC', id: 'ASC' } });
  }

  /** In the order in which they are handed out. */
  findPendingJobs(studyId: string): Promise<Job[]> {
    const order = { priority: 'ASC', position: 'ASC', id: 'ASC' } as const;
    return this.find({ where: { studyId, status: 'pending' }, order });
  }

  async findByStatus(studyId: string, status: JobStatus): Promise<Job[]> {
    if (!JOB_STATUSES.includes(status)) throw unknownStatus();
    return this.find({ where: { studyId, status }, order: { position: 'ASC', id: 'ASC' } });
  }

  override async update(id: string, changes: RowChanges<Job>): Promise<Job> {
    MACHINE.refuseIn(changes, 'updateStatus');
    return super.update(id, changes);
  }

  /** Moves the job; a result that is given is stored in the same transaction. */
  async updateStatus(jobId: string, status: JobStatus, outcome?: JobOutcome): Promise<Job> {
    const result = outcome === undefined ? undefined : resultRowOf(status, outcome);
    return this.transaction(async () => {
      const job = await MACHINE.move(this, jobId, status, changesWith(status, outcome?.error));
      if (result) {
        const { studyId, surfaceId } = job;
        const row = { surfaceId, ...result, studyId, jobId: job.id };
        await this.manager
          .createQueryBuilder()
          .insert()
          .into(Result)
          .values(row as never)
          .execute();
      }
      return job;
    });
  }

  /** Counts in the database, so that two who count at once are both counted. */
  incrementRetryCount(jobId: string): Promise<Job> {
    return super.update(jobId, { retryCount: () => 'retry_count + 1' });
  }

  /**
   * Claims up to `count` pending jobs for a worker, in one statement. However many workers ask at
   * once, no job is handed out twice, and nobody waits for another.
   */
  async claimNext(studyId: string, count = 1, worker?: string): Promise<Job[]> {
    const wanted = checkedCount('count', count, MOST_CLAIMS);
    const jobs = await this.ask(CLAIM_NEXT, studyId, wanted, worker ?? null);
    return jobs.toSorted(
      (a, b) => a.priority - b.priority || a.position - b.position || (a.id < b.id ? -1 : 1),
    );
  }

  /**
   * Takes back the jobs that were claimed longer ago than this, from workers that went silent. A
   * job that was taken back too often becomes failed. Answers with the jobs as they are now.
   */
  async releaseStaleClaims(studyId: string, olderThanMs: number): Promise<Job[]> {
    const age = checkedCount('olderThanMs', olderThanMs, LONGEST_AGE_MS);
    return this.ask(RELEASE_STALE, studyId, age);
  }

  private findByKeys(studyId: string, keys: string[]): Promise<Job[]> {
    return this.createQueryBuilder('job')
      .where('job.studyId = :studyId AND job.manifestKey = ANY(:keys)', { studyId, keys })
      .getMany();
  }

  private async ask(sql: string, ...values: unknown[]): Promise<Job[]> {
    const answer = await sendOwn<unknown>(this.manager, sql, values);
    // TypeORM answers an insert with its rows, and an update with its rows and their number.
    const rows = Array.isArray(answer[0]) ? answer[0] : answer;
    return entitiesFrom<Job>(this, rows as ObjectLiteral[]);
  }
}

function changesWith(status: JobStatus, error?: string | null): RowChanges<Job> {
  if (status === 'executing') return { claimedAt: new Date(), claimedBy: null };
  if (status === 'pending') return { claimedAt: null, claimedBy: null, finishedAt: null };
  return { claimedAt: null, finishedAt: new Date(), error: error ?? null };
}

function unknownStatus(): InvalidInputError {
  return new InvalidInputError({
    problem: 'This is no status of a job',
    mend: `Ask for one of ${JOB_STATUSES.join(', ')}`,
  });
}
