import { Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Study } from './study.entity.js';

export const JOB_STATUSES = ['pending', 'executing', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** One piece of a study's work, that one worker does at a time. */
@Entity({ name: 'jobs' })
@UniqueActive('studyId', 'manifestKey')
@Index(['tenantId', 'studyId', 'position', 'id'])
@IndexActive('studyId', 'status', 'position', 'id')
@Index(['tenantId', 'studyId', 'priority', 'position', 'id'], {
  where: `"status" = 'pending' AND "deleted_at" IS NULL`,
})
@Index(['tenantId', 'studyId', 'claimedAt'], {
  where: `"status" = 'executing' AND "deleted_at" IS NULL`,
})
@Rule(
  'a job is claimed exactly while it is executing',
  `("status" = 'executing') = ("claimed_at" IS NOT NULL)`,
)
export class Job extends TenantEntity {
  @TenantManyToOne(() => Study, { nullable: false, onDelete: 'CASCADE' })
  study!: Study;

  studyId!: string;

  /** What tells the job from the others of its study; the same manifest twice makes no new jobs. */
  @TextColumn({ max: 500 })
  manifestKey!: string;

  /** Where the job is carried out, such as a site or a model. */
  @TextColumn({ nullable: true, min: 1, max: 200 })
  surfaceId!: string | null;

  @JsonColumn()
  payload!: Record<string, unknown>;

  @ChoiceColumn(JOB_STATUSES, { default: 'pending' })
  status!: JobStatus;

  /** Lower goes first. */
  @CountColumn({ default: 0 })
  priority!: number;

  /** The place in the manifest. */
  @CountColumn({ default: 0 })
  position!: number;

  @CountColumn({ default: 0 })
  retryCount!: number;

  /** How often a job comes back from a worker that went silent. */
  @CountColumn({ default: 3 })
  maxRetries!: number;

  @TextColumn({ nullable: true, max: 200 })
  claimedBy!: string | null;

  @TimeColumn({ nullable: true })
  claimedAt!: Date | null;

  @TimeColumn({ nullable: true })
  finishedAt!: Date | null;

  @TextColumn({ nullable: true, max: 10_000 })
  error!: string | null;
}
