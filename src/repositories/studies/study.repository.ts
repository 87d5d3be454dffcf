import type { DataSource } from 'typeorm';
import { signedParts } from '../../context/own-selects.js';
import { Study, type StudyState } from '../../entities/studies/study.entity.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import { StateMachine } from '../state-machine.js';
import type { TenantFindOptions } from '../tenant.repository.js';
import {
  type ProgressReport,
  type StudyProgress,
  checkedReport,
  progressOf,
} from './study-progress.js';

const MACHINE = new StateMachine<Study, StudyState>('state', {
  draft: ['queued', 'running', 'cancelled'],
  queued: ['draft', 'running', 'paused', 'cancelled'],
  running: ['paused', 'completed', 'failed', 'cancelled'],
  paused: ['running', 'failed', 'cancelled'],
  completed: [],
  failed: ['queued'],
  cancelled: [],
});

/** Studies; deleting one takes jobs, results, evidence and checkpoints along. */
export class StudyRepository extends DomainRepository<Study> {
  constructor(source: DataSource) {
    super(Study, source);
  }

  /** For callers that name the tenant; another one than that in hand is a TenantMismatchError. */
  async findByTenantId(tenantId: string, options: TenantFindOptions<Study> = {}): Promise<Study[]> {
    this.requireOwn(tenantId);
    return this.find({ order: { id: 'ASC' }, ...options });
  }

  override async update(id: string, changes: RowChanges<Study>): Promise<Study> {
    MACHINE.refuseIn(changes, 'updateState');
    return super.update(id, changes);
  }

  /** Moves the study, where its state allows it; otherwise TransitionRefusedError. */
  updateState(id: string, next: StudyState, error?: string): Promise<Study> {
    return MACHINE.move(this, id, next, {
      ...(next === 'running' ? { startedAt: () => 'COALESCE(started_at, now())' } : {}),
      finishedAt: isOver(next) ? new Date() : null,
      error: next === 'failed' ? (error ?? null) : null,
    });
  }

  async getState(id: string): Promise<StudyState> {
    return (await this.getById(id, { select: { id: true, state: true } })).state;
  }

  /** Changes what is given, and leaves the rest. */
  async updateProgress(id: string, report: ProgressReport): Promise<StudyProgress> {
    return progressOf(await super.update(id, checkedReport(report) as RowChanges<Study>));
  }

  async getProgress(id: string): Promise<StudyProgress> {
    return progressOf(await this.getById(id));
  }

  /** Counts the jobs as they are now, in one statement, and answers with the progress. */
  async countProgress(id: string): Promise<StudyProgress> {
    return progressOf(
      await super.update(id, {
        totalCount: () => counted(),
        completedCount: () => counted(" AND jobs.status = 'completed'"),
        failedCount: () => counted(" AND jobs.status = 'failed'"),
      }),
    );
  }
}

function isOver(state: StudyState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function counted(condition = ''): string {
  return signedParts(
    `(SELECT count(*) FROM jobs WHERE jobs.tenant_id = studies.tenant_id AND jobs.study_id = studies.id AND jobs.deleted_at IS NULL${condition})`,
  );
}
