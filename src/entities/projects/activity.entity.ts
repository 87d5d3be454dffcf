import { Entity, Index } from 'typeorm';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { Project } from './project.entity.js';

/** What happened on a project, for people to read. */
@Entity({ name: 'activities' })
@Index(['tenantId', 'projectId', 'timestamp', 'id'])
export class Activity extends TenantEntity {
  @TenantManyToOne(() => Project, {
    nullable: false,
    onDelete: 'CASCADE',
    inverse: (project) => project.activities,
  })
  project!: Project;

  projectId!: string;

  /** Such as agent_started, agent_completed, agent_failed, cost_alert. */
  @TextColumn({ max: 100 })
  type!: string;

  @TextColumn({ max: 10_000 })
  message!: string;

  @JsonColumn()
  metadata!: Record<string, unknown>;

  @TimeColumn({ now: true })
  timestamp!: Date;
}
