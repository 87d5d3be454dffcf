import type { DataSource } from 'typeorm';
import { Workspace, type WorkspaceState } from '../../entities/identity/workspace.entity.js';
import { checkedId, checkedText } from '../checked-input.js';
import { DomainRepository } from '../domain.repository.js';
import { StateMachine, type Transitions } from '../state-machine.js';

const TRANSITIONS: Transitions<WorkspaceState> = { active: ['archived'], archived: ['active'] };
const LONGEST_SLUG = 63;

/** The teams of a tenant; deleting one takes the roles that were granted for it along. */
export class WorkspaceRepository extends DomainRepository<Workspace> {
  protected override readonly movedBy = { state: 'archive or reopen' };
  private readonly states = new StateMachine<Workspace, WorkspaceState>('state', TRANSITIONS);

  constructor(source: DataSource) {
    super(Workspace, source);
  }

  async findBySlug(slug: string): Promise<Workspace | null> {
    return this.findOne({ where: { slug: checkedText('slug', slug, LONGEST_SLUG) } });
  }

  async archive(id: string): Promise<Workspace> {
    return this.states.move(this, checkedId('id', id), 'archived');
  }

  async reopen(id: string): Promise<Workspace> {
    return this.states.move(this, checkedId('id', id), 'active');
  }
}
