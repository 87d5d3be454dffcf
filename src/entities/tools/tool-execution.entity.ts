import { IsOptional } from 'class-validator';
import { Column, Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { Rule } from '../rule.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantRecord } from '../tenant.record.js';
import { Tool } from './tool.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const EXECUTION_STATUSES = ['completed', 'failed', 'cancelled', 'timeout'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** A call of a tool that has come to its end. Added once, and never changed. */
@Entity({ name: 'tool_executions' })
@Index(['tenantId', 'startedAt', 'id'])
@Index(['tenantId', 'toolId', 'startedAt', 'id'])
@Index(['tenantId', 'userId', 'startedAt', 'id'])
@Rule('an execution ends after it has started', '"finished_at" >= "started_at"')
export class ToolExecution extends TenantRecord {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Tool, { nullable: false, onDelete: 'RESTRICT' })
  tool!: Tool;

  toolId!: string;

  /** Who called it; null where the application did. */
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: true, onDelete: 'RESTRICT' })
  user!: Membership | null;

  userId!: string | null;

  @ChoiceColumn(EXECUTION_STATUSES)
  status!: ExecutionStatus;

  @JsonColumn()
  input!: Record<string, unknown>;

  /** Whatever the tool answered, as JSON. */
  @IsOptional()
  @Column({ type: 'jsonb', nullable: true })
  output!: unknown;

  @TextColumn({ max: 20_000, nullable: true })
  error!: string | null;

  @TimeColumn()
  startedAt!: Date;

  @TimeColumn()
  finishedAt!: Date;

  @BigCountColumn()
  durationMs!: number;

  @MoneyColumn({ default: '0' })
  cost!: string;

  @CurrencyColumn()
  currency!: string;
}
