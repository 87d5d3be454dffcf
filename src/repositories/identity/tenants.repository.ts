import type { DataSource } from 'typeorm';
import { Membership } from '../../entities/identity/membership.entity.js';
import { Tenant, type TenantState } from '../../entities/identity/tenant.entity.js';
import { checkedObject } from '../../validation/checked-object.js';
import { checkedId, checkedText } from '../checked-input.js';
import { DomainRepository } from '../domain.repository.js';
import { StateMachine, type Transitions } from '../state-machine.js';

export interface NewTenant {
  readonly name: string;
  readonly slug: string;
  readonly settings?: Record<string, unknown>;
  /** The user who owns it. */
  readonly ownerId?: string;
}

const TRANSITIONS: Transitions<TenantState> = {
  active: ['suspended', 'closed'],
  suspended: ['active', 'closed'],
  closed: [],
};

const LONGEST_NAME = 200;
const LONGEST_SLUG = 63;

/** The tenants themselves. System work, all but reading one's own: TenantContext.runAsSystem. */
export class TenantsRepository extends DomainRepository<Tenant> {
  protected override readonly movedBy = { state: 'suspend, activate or close' };
  private readonly states = new StateMachine<Tenant, TenantState>('state', TRANSITIONS);

  constructor(source: DataSource) {
    super(Tenant, source);
  }

  /** Creates a tenant, and makes its owner a member. */
  async open(tenant: NewTenant): Promise<Tenant> {
    const { ownerId, name, slug, settings } = checkedObject('The new Tenant', tenant);
    const values = {
      name: checkedText('name', name, LONGEST_NAME),
      slug: checkedText('slug', slug, LONGEST_SLUG),
      ...(settings ? { settings } : {}),
    };
    const owner = ownerId === undefined ? undefined : checkedId('ownerId', ownerId);
    return this.transaction(async () => {
      const opened = await this.create(values);
      if (owner === undefined) return opened;
      await this.manager.insert(Membership, { tenantId: opened.id, id: owner, kind: 'owner' });
      return opened;
    });
  }

  async findBySlug(slug: string): Promise<Tenant | null> {
    return this.findOne({ where: { slug: checkedText('slug', slug, LONGEST_SLUG) } });
  }

  async suspend(id: string): Promise<Tenant> {
    return this.states.move(this, checkedId('id', id), 'suspended');
  }

  async activate(id: string): Promise<Tenant> {
    return this.states.move(this, checkedId('id', id), 'active');
  }

  /** For good: a closed tenant stays closed. */
  async close(id: string): Promise<Tenant> {
    return this.states.move(this, checkedId('id', id), 'closed');
  }
}
