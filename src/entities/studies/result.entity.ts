import { Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { MeasureColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Job } from './job.entity.js';
import { Study } from './study.entity.js';

export const RESULT_STATUSES = ['succeeded', 'failed'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

/** What one run of a job brought. A job that was tried again has several. */
@Entity({ name: 'results' })
@Index(['tenantId', 'studyId', 'id'])
@Index(['tenantId', 'jobId'])
@IndexActive('studyId', 'surfaceId', 'id')
export class Result extends TenantEntity {
  @TenantManyToOne(() => Study, { nullable: false, onDelete: 'CASCADE' })
  study!: Study;

  studyId!: string;

  @TenantManyToOne(() => Job, { nullable: false, onDelete: 'CASCADE' })
  job!: Job;

  jobId!: string;

  @TextColumn({ nullable: true, min: 1, max: 200 })
  surfaceId!: string | null;

  @ChoiceColumn(RESULT_STATUSES, { default: 'succeeded' })
  status!: ResultStatus;

  @JsonColumn()
  data!: Record<string, unknown>;

  @MeasureColumn({ nullable: true })
  latencyMs!: number | null;

  @TextColumn({ nullable: true, max: 10_000 })
  error!: string | null;
}
