import type { DataSource } from 'typeorm';
import { CostRecord } from '../../entities/costs/cost-record.entity.js';
import { Activity } from '../../entities/projects/activity.entity.js';
import { Agent } from '../../entities/projects/agent.entity.js';
import { Project } from '../../entities/projects/project.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';

/** What comes along with a project; each kind is one further statement, the user is none. */
export interface ProjectIncludes {
  readonly includeUser?: boolean;
  /** The latest first, as all of these. */
  readonly includeAgents?: boolean;
  readonly includeCosts?: boolean;
  readonly includeActivities?: boolean;
}

/** Deleting a project takes its agents and activities along; what it cost stays in the ledger. */
export class ProjectRepository extends DomainRepository<Project> {
  constructor(source: DataSource) {
    super(Project, source);
  }

  /**
   * The project, or RowNotFoundError. Lists are read by statements of their own: joined together,
   * each agent would come once for each activity and each cost.
   */
  async getProjectById(id: string, includes: ProjectIncludes = {}): Promise<Project> {
    const { includeUser, includeAgents, includeCosts, includeActivities } = checkedObject(
      'includes',
      includes,
    );
    const project = includeUser ? await this.withUser(id) : await this.getById(id);
    const where = { projectId: project.id };
    const { manager } = this;
    if (includeAgents) {
      project.agents = await manager.find(Agent, {
        where,
        order: { startTime: 'DESC', id: 'DESC' },
      });
    }
    if (includeCosts) {
      const order = { occurredAt: 'DESC', id: 'DESC' } as const;
      project.costs = await manager.find(CostRecord, { where, order });
    }
    if (includeActivities) {
      const order = { timestamp: 'DESC', id: 'DESC' } as const;
      project.activities = await manager.find(Activity, { where, order });
    }
    return project;
  }

  /** The projects of one person, in the order in which they were made. */
  findByUserId(userId: string): Promise<Project[]> {
    return this.find({ where: { userId }, order: { id: 'ASC' } });
  }

  /** Joined by hand, since find asks twice where a relation is wanted of a single row. */
  private async withUser(id: string): Promise<Project> {
    const project = await this.createQueryBuilder('project')
      .leftJoinAndSelect('project.user', 'member')
      .leftJoinAndSelect('member.user', 'person')
      .where('project.id = :id', { id })
      .getOne();
    if (!project) throw notFound(this.metadata.name);
    return project;
  }
}
