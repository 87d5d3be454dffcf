import type { DataSource } from 'typeorm';
import type { TransactionHost } from '../../context/tenant-context.js';
import type { CostRecord } from '../../entities/costs/cost-record.entity.js';
import { ApiKey } from '../../entities/identity/api-key.entity.js';
import { Membership } from '../../entities/identity/membership.entity.js';
import { UserRole } from '../../entities/identity/user-role.entity.js';
import type { User } from '../../entities/identity/user.entity.js';
import type { Activity } from '../../entities/projects/activity.entity.js';
import type { Agent, AgentLogEntry } from '../../entities/projects/agent.entity.js';
import { Project } from '../../entities/projects/project.entity.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedWork } from '../checked-input.js';
import type { NewCost } from '../costs/cost-input.js';
import type { MoneyByCurrency } from '../costs/cost-totals.js';
import { CostRepository } from '../costs/cost.repository.js';
import type { NewRow, RowChanges } from '../domain.repository.js';
import { UserRepository } from '../identity/user.repository.js';
import { TenantRepository } from '../tenant.repository.js';
import { ActivityRepository } from './activity.repository.js';
import { AgentRepository } from './agent.repository.js';
import { type ProjectIncludes, ProjectRepository } from './project.repository.js';
import { type DatabaseTransaction, tableOf } from './transaction-tables.js';

export interface DeleteOptions {
  /** For good, with everything that depends on it. Costs stay. Default: softly. */
  readonly hard?: boolean;
}

export interface NewUser {
  readonly email: string;
  /** Default: what stands before the @ of the email. */
  readonly name?: string;
}

/** What names a member, and goes for good with one. */
const OF_A_MEMBER = [UserRole, ApiKey, Project] as const;

/** Users, projects, agents, costs and activities behind one object. */
export class DatabaseService {
  private readonly users: UserRepository;
  private readonly projects: ProjectRepository;
  private readonly agents: AgentRepository;
  private readonly costs: CostRepository;
  private readonly activities: ActivityRepository;
  private readonly members: TenantRepository<Membership>;

  constructor(private readonly source: DataSource) {
    this.users = new UserRepository(source);
    this.projects = new ProjectRepository(source);
    this.agents = new AgentRepository(source);
    this.costs = new CostRepository(source);
    this.activities = new ActivityRepository(source);
    this.members = new TenantRepository(Membership, source);
  }

  /** For tests that have opened a data source themselves. */
  static createTestInstance(source: DataSource): DatabaseService {
    return new DatabaseService(source);
  }

  /**
   * Makes a person a member of the tenant in hand. Who is known by this email already stays the
   * same person. People are shared rows, so that this is done when it answers, whatever becomes of
   * the transaction around it.
   */
  async createUser(user: NewUser): Promise<User> {
    const { id } = await this.users.createMember({ ...user });
    return this.getUserById(id);
  }

  /** A member of the tenant in hand, or RowNotFoundError. */
  getUserById(id: string): Promise<User> {
    return this.users.getById(id);
  }

  /** A member of the tenant in hand, or null. */
  async getUserByEmail(email: string): Promise<User | null> {
    return this.users.findByEmail(email);
  }

  /** Removes the member; its projects, agents and activities go along as one act. */
  async deleteUser(id: string, options: DeleteOptions = {}): Promise<void> {
    const { hard = false } = checkedObject('options', options);
    const { manager } = this.source;
    const { affected } = await this.together(async () => {
      if (!hard) return this.members.softDelete({ id });
      for (const entity of OF_A_MEMBER) await manager.delete(entity, { userId: id });
      return this.members.hardDelete({ id });
    });
    if (!affected) throw notFound('User');
  }

  /** Brings back the member, with everything that deleteUser took along. */
  async restoreUser(id: string): Promise<User> {
    await this.together(() => this.members.restore({ id }));
    return this.getUserById(id);
  }

  createProject(data: NewRow<Project>): Promise<Project> {
    return this.projects.create(data);
  }

  getProjectById(id: string, includes?: ProjectIncludes): Promise<Project> {
    return this.projects.getProjectById(id, includes);
  }

  getProjectsByUser(userId: string): Promise<Project[]> {
    return this.projects.findByUserId(userId);
  }

  updateProject(id: string, changes: RowChanges<Project>): Promise<Project> {
    return this.projects.update(id, changes);
  }

  /** Its agents and activities go along as one act; what it cost stays. */
  async deleteProject(id: string, options: DeleteOptions = {}): Promise<void> {
    const { hard = false } = checkedObject('options', options);
    if (!hard) return this.projects.delete(id);
    const { affected } = await this.projects.hardDelete(id);
    if (!affected) throw notFound('Project');
  }

  restoreProject(id: string): Promise<Project> {
    return this.projects.restore(id);
  }

  createAgent(data: NewRow<Agent>): Promise<Agent> {
    return this.agents.create(data);
  }

  getAgentById(id: string): Promise<Agent> {
    return this.agents.getById(id);
  }

  getAgentsByProject(projectId: string): Promise<Agent[]> {
    return this.agents.findByProjectId(projectId);
  }

  appendAgentLog(id: string, ...entries: readonly AgentLogEntry[]): Promise<Agent> {
    return this.agents.appendLog(id, ...entries);
  }

  completeAgent(id: string): Promise<Agent> {
    return this.agents.complete(id);
  }

  failAgent(id: string, error: string): Promise<Agent> {
    return this.agents.fail(id, error);
  }

  createCost(cost: NewCost): Promise<CostRecord> {
    return this.costs.create(cost);
  }

  /** One exact sum a currency, as text: `{ USD: '0.045000' }`; sums of two currencies mean nothing. */
  getTotalCostByProject(projectId: string): Promise<MoneyByCurrency> {
    return this.costs.getTotalCostByProject(projectId);
  }

  bulkCreateCosts(costs: readonly NewCost[]): Promise<CostRecord[]> {
    return this.costs.bulkCreateCosts(costs);
  }

  createActivity(data: NewRow<Activity>): Promise<Activity> {
    return this.activities.create(data);
  }

  bulkCreateActivities(data: readonly NewRow<Activity>[]): Promise<Activity[]> {
    return this.activities.bulkCreateActivities(data);
  }

  /** The latest activities on all projects of one person, the latest first. */
  getRecentActivities(userId: string, count?: number): Promise<Activity[]> {
    return this.activities.getRecentActivities(userId, count);
  }

  /** All of the work or nothing; every other method of this service takes part as well. */
  async transaction<T>(work: (tx: DatabaseTransaction) => Promise<T>): Promise<T> {
    checkedWork('work', work);
    return this.together(() =>
      work({
        project: tableOf(this.projects),
        agent: tableOf(this.agents),
        activity: tableOf(this.activities),
        cost: tableOf(this.costs) as unknown as DatabaseTransaction['cost'],
      }),
    );
  }

  private together<T>(work: () => Promise<T>): Promise<T> {
    return (this.source as unknown as TransactionHost).joinTransaction(work);
  }
}
