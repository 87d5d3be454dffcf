import type { DataSource } from 'typeorm';
import { Checkpoint } from '../../entities/studies/checkpoint.entity.js';
import type { Job } from '../../entities/studies/job.entity.js';
import type { Study, StudyState } from '../../entities/studies/study.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { StateMachine } from '../state-machine.js';
import { JobRepository } from './job.repository.js';
import { StudyRepository } from './study.repository.js';

export interface ResumedStudy {
  readonly study: Study;
  readonly checkpoint: Checkpoint;
  /** Jobs that were taken back from workers that went silent. */
  readonly released: readonly Job[];
}

export interface ResumeOptions {
  /** How long a claim is old that is taken back. Default: five minutes; 0 leaves all claims. */
  readonly staleAfterMs?: number;
}

const STALE_AFTER_MS = 5 * 60 * 1_000;

/** A study may go on from a checkpoint where it was stopped, failed, or is said to run since a crash. */
const RESUMING = new StateMachine<Study, StudyState>('state', {
  draft: [],
  queued: ['running'],
  running: ['running'],
  paused: ['running'],
  completed: [],
  failed: ['running'],
  cancelled: [],
});

/** TypeORM's save means something else, and its type would not let a subclass say so. */
const Base = DomainRepository as unknown as new (
  ...given: ConstructorParameters<typeof DomainRepository<Checkpoint>>
) => Omit<DomainRepository<Checkpoint>, 'save'>;

/** Where studies go on from. */
export class CheckpointRepository extends Base {
  private readonly studies: StudyRepository;
  private readonly jobs: JobRepository;

  constructor(source: DataSource) {
    super(Checkpoint, source);
    this.studies = new StudyRepository(source);
    this.jobs = new JobRepository(source);
  }

  /** The next checkpoint of the study. Two who save at once get numbers one after the other. */
  save(studyId: string, state: Record<string, unknown>, label?: string): Promise<Checkpoint> {
    return this.transaction(async () => {
      const { id, checkpointCount } = await this.studies.update(studyId, {
        checkpointCount: () => 'checkpoint_count + 1',
      });
      const row = { studyId: id, sequence: checkpointCount, label: label ?? null, state };
      return this.create(row as NewRow<Checkpoint>);
    });
  }

  /** The last checkpoint, or null where none was saved. */
  latest(studyId: string): Promise<Checkpoint | null> {
    return this.findOne({ where: { studyId }, order: { sequence: 'DESC' } });
  }

  /** All of a study, the first saved first. */
  findByStudyId(studyId: string): Promise<Checkpoint[]> {
    return this.find({ where: { studyId }, order: { sequence: 'ASC' } });
  }

  /**
   * Lets the study run again from a checkpoint, by default its last: one transaction that sets the
   * study running and takes back the jobs of workers that went silent. Answers with the checkpoint,
   * whose state says where to go on.
   */
  async resumeFrom(
    studyId: string,
    checkpointId?: string,
    options: ResumeOptions = {},
  ): Promise<ResumedStudy> {
    const { staleAfterMs = STALE_AFTER_MS } = checkedObject('options', options);
    return this.transaction(async () => {
      const checkpoint =
        checkpointId === undefined
          ? await this.latest(studyId)
          : await this.findById(checkpointId, { where: { studyId } });
      if (!checkpoint) throw notFound('Checkpoint');
      const study = await RESUMING.move(this.studies, studyId, 'running', {
        startedAt: () => 'COALESCE(started_at, now())',
        finishedAt: null,
        error: null,
      });
      const released =
        staleAfterMs === 0 ? [] : await this.jobs.releaseStaleClaims(studyId, staleAfterMs);
      return { study, checkpoint, released };
    });
  }
}
