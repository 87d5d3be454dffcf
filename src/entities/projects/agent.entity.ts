import { Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonListColumn, TimeColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Project } from './project.entity.js';

export const AGENT_STATUSES = ['running', 'completed', 'failed'] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

/** A line of text, or an object with whatever the agent reports. */
export type AgentLogEntry = string | Readonly<Record<string, unknown>>;

/** One run of an agent on a project. */
@Entity({ name: 'agents' })
@Index(['tenantId', 'projectId', 'startTime'])
@Rule('an agent ends after it has started', '"end_time" >= "start_time"')
@Rule(
  'a running agent has no end, and one that has ended has one',
  `("status" = 'running') = ("end_time" IS NULL)`,
)
export class Agent extends TenantEntity {
  @TenantManyToOne(() => Project, {
    nullable: false,
    onDelete: 'CASCADE',
    inverse: (project) => project.agents,
  })
  project!: Project;

  projectId!: string;

  @ChoiceColumn(AGENT_STATUSES, { default: 'running' })
  status!: AgentStatus;

  @TimeColumn({ now: true })
  startTime!: Date;

  @TimeColumn({ nullable: true })
  endTime!: Date | null;

  @JsonListColumn()
  logs!: AgentLogEntry[];

  @TextColumn({ nullable: true, max: 10_000 })
  error!: string | null;
}
