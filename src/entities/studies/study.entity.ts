import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';

export const STUDY_STATES = [
  'draft',
  'queued',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const;
export type StudyState = (typeof STUDY_STATES)[number];

/** What is to be found out, and how far that has come. Its jobs do the work. */
@Audited()
@Entity({ name: 'studies' })
@IndexActive('state', 'id')
@Rule('no more jobs are done than there are', '"completed_count" + "failed_count" <= "total_count"')
export class Study extends TenantEntity {
  @TextColumn({ max: 200 })
  name!: string;

  @TextColumn({ nullable: true, max: 10_000 })
  description!: string | null;

  @JsonColumn()
  definition!: Record<string, unknown>;

  @ChoiceColumn(STUDY_STATES, { default: 'draft' })
  state!: StudyState;

  @TextColumn({ nullable: true, max: 10_000 })
  error!: string | null;

  @CountColumn({ default: 0 })
  totalCount!: number;

  @CountColumn({ default: 0 })
  completedCount!: number;

  @CountColumn({ default: 0 })
  failedCount!: number;

  @TextColumn({ nullable: true })
  progressNote!: string | null;

  /** The number of the last checkpoint: counted here, so that two who save take turns. */
  @CountColumn({ default: 0 })
  checkpointCount!: number;

  @TimeColumn({ nullable: true })
  startedAt!: Date | null;

  @TimeColumn({ nullable: true })
  finishedAt!: Date | null;
}
