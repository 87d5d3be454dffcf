import type { DataSource, ObjectLiteral } from 'typeorm';
import {
  Agent,
  type AgentLogEntry,
  type AgentStatus,
} from '../../entities/projects/agent.entity.js';
import { Project } from '../../entities/projects/project.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { isObject } from '../../validation/checked-object.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import { requireLiving } from '../living-row.js';
import { entitiesFrom } from '../returned-rows.js';
import { StateMachine } from '../state-machine.js';

const MACHINE = new StateMachine<Agent, AgentStatus>('status', {
  running: ['completed', 'failed'],
  completed: [],
  failed: [],
});

/** Runs of agents. A run ends once; its log grows in the database, so that no line is lost. */
export class AgentRepository extends DomainRepository<Agent> {
  constructor(source: DataSource) {
    super(Agent, source);
  }

  /** A new run on a living project. */
  async start(projectId: string, ...logs: readonly AgentLogEntry[]): Promise<Agent> {
    checkEntries(logs);
    return this.transaction(async () => {
      await requireLiving(this.manager, Project, projectId);
      return this.create({ projectId, status: 'running', startTime: new Date(), logs: [...logs] });
    });
  }

  /** Adds to the log in one statement; two who write at once both get their lines in. */
  async appendLog(id: string, ...entries: readonly AgentLogEntry[]): Promise<Agent> {
    checkEntries(entries);
    if (entries.length === 0) return this.getById(id);
    const { raw } = await this.createQueryBuilder()
      .update()
      .set({ logs: () => 'logs || CAST(:entries AS jsonb)' })
      .where({ id })
      .setParameter('entries', JSON.stringify(entries))
      .returning('*')
      .execute();
    const [agent] = entitiesFrom<Agent>(this, raw as ObjectLiteral[]);
    if (!agent) throw notFound(this.metadata.name);
    return agent;
  }

  complete(id: string): Promise<Agent> {
    return MACHINE.move(this, id, 'completed', { endTime: new Date() });
  }

  fail(id: string, error: string): Promise<Agent> {
    return MACHINE.move(this, id, 'failed', { endTime: new Date(), error });
  }

  override async update(id: string, changes: RowChanges<Agent>): Promise<Agent> {
    MACHINE.refuseIn(changes, 'complete or fail');
    return super.update(id, changes);
  }

  /** The runs on a project, the latest first. */
  findByProjectId(projectId: string): Promise<Agent[]> {
    return this.find({ where: { projectId }, order: { startTime: 'DESC', id: 'DESC' } });
  }
}

function checkEntries(entries: readonly unknown[]): void {
  if (entries.every((entry) => typeof entry === 'string' || isObject(entry))) return;
  throw new InvalidInputError({
    problem: 'A log entry is neither a text nor an object',
    mend: 'Pass entries one by one, such as appendLog(id, "read 3 files", { tokens: 900 })',
  });
}
