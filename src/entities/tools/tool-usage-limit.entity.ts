import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { Tool } from './tool.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const LIMIT_PERIODS = ['minute', 'hour', 'day', 'month'] as const;
export type LimitPeriod = (typeof LIMIT_PERIODS)[number];

/** How often a tool may be called in each minute, hour, day or month of the calendar, in UTC. */
@Audited({ ignore: ['used', 'periodStartsAt'] })
@Entity({ name: 'tool_usage_limits' })
@Index(['tenantId', 'toolId', 'period'], {
  unique: true,
  where: '"deleted_at" IS NULL AND "user_id" IS NULL',
})
@IndexReference('toolId')
@UniqueActive('toolId', 'userId', 'period')
@IndexReference('userId')
export class ToolUsageLimit extends TenantEntity {
  @SoftDelete('cascade')
  @TenantManyToOne(() => Tool, { nullable: false, onDelete: 'RESTRICT' })
  tool!: Tool;

  toolId!: string;

  /** Whose calls are counted; null counts those of all together. */
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: true, onDelete: 'RESTRICT' })
  user!: Membership | null;

  userId!: string | null;

  @ChoiceColumn(LIMIT_PERIODS)
  period!: LimitPeriod;

  @CountColumn()
  maxCalls!: number;

  /** In the period that began at periodStartsAt; in a later one nothing is used yet. */
  @CountColumn({ default: 0 })
  used!: number;

  @TimeColumn({ now: true })
  periodStartsAt!: Date;
}
