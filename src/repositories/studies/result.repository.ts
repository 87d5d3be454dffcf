import type { DataSource } from 'typeorm';
import { Job } from '../../entities/studies/job.entity.js';
import { Result } from '../../entities/studies/result.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import { requireLiving } from '../living-row.js';
import type { NumberedPage } from '../numbered-page.js';
import { sendOwn } from '../own-statement.js';
import { type RawStats, STUDY_STATS, type StudyStats, statsOf } from './study-stats.js';

/** Results, oldest first; what a job brought several times is there several times. */
export class ResultRepository extends DomainRepository<Result> {
  constructor(source: DataSource) {
    super(Result, source);
  }

  /** The study, and the surface where none is given, are those of the job. */
  override create(values: NewRow<Result>): Promise<Result> {
    return this.transaction(async () => {
      const job = await requireLiving(this.manager, Job, String(values?.jobId));
      if (values.studyId !== undefined && values.studyId !== job.studyId) throw ofAnotherStudy();
      const { studyId } = job;
      const surfaceId = values.surfaceId === undefined ? job.surfaceId : values.surfaceId;
      return super.create(Object.assign({}, values, { studyId, surfaceId }) as NewRow<Result>);
    });
  }

  /** One numbered page, with the total. For deep pages use findPageByStudyId. */
  findByStudyId(
    studyId: string,
    page: { readonly page?: number; readonly limit?: number } = {},
  ): Promise<NumberedPage<Result>> {
    return this.findAndCountPage({ ...page, where: { studyId } });
  }

  /** The page after a cursor: as fast at the end as at the beginning. */
  findPageByStudyId(
    studyId: string,
    page: { readonly limit?: number; readonly after?: string } = {},
  ): Promise<KeysetPage<Result>> {
    return this.findPage({ ...page, where: { studyId } });
  }

  findBySurface(studyId: string, surfaceId: string): Promise<Result[]> {
    return this.find({ where: { studyId, surfaceId }, order: { id: 'ASC' } });
  }

  /** Counts, success rate, percentiles of the latency, and cost, in one statement. */
  async getStudyStats(studyId: string): Promise<StudyStats> {
    const [raw] = await sendOwn<RawStats>(this.manager, STUDY_STATS, [studyId]);
    if (!raw) throw notFound('Study');
    return statsOf(raw);
  }
}

function ofAnotherStudy(): InvalidInputError {
  return new InvalidInputError({
    problem: 'The job of the result belongs to another study',
    mend: 'Leave studyId out: it is that of the job',
  });
}
