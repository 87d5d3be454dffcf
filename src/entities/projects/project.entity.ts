import { Entity, Index, OneToMany } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import type { CostRecord } from '../costs/cost-record.entity.js';
import { Membership } from '../identity/membership.entity.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import type { Activity } from './activity.entity.js';
import type { Agent } from './agent.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** What agents work on, for a person of the tenant. */
@Audited()
@Entity({ name: 'projects' })
@Index(['tenantId', 'userId'])
export class Project extends TenantEntity {
  @TextColumn({ max: 200 })
  name!: string;

  @TextColumn({ max: 4_096 })
  path!: string;

  @SoftDelete('cascade')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  user!: Membership;

  userId!: string;

  @JsonColumn()
  settings!: Record<string, unknown>;

  @OneToMany<Agent>('Agent', 'project')
  agents?: Agent[];

  @OneToMany<Activity>('Activity', 'project')
  activities?: Activity[];

  /** Filled by getProjectById; no column, because the ledger refers to nothing. */
  costs?: CostRecord[];
}
