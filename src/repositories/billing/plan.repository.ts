import type { DataSource } from 'typeorm';
import {
  type PlanState,
  SubscriptionPlan,
} from '../../entities/billing/subscription-plan.entity.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { DomainRepository } from '../domain.repository.js';
import { StateMachine } from '../state-machine.js';

const STATES = new StateMachine<SubscriptionPlan, PlanState>('state', {
  draft: ['active', 'retired'],
  active: ['retired'],
  retired: ['active'],
});

/** The price list. System work writes it; tenants read what is no draft. */
export class PlanRepository extends DomainRepository<SubscriptionPlan> {
  protected override readonly movedBy = { state: 'activate or retire' };
  constructor(source: DataSource) {
    super(SubscriptionPlan, source);
  }

  /** Can be subscribed to from now on. */
  activate(id: string): Promise<SubscriptionPlan> {
    return STATES.move(this, id, 'active');
  }

  /** Nobody can subscribe to it any more; who has it keeps it. */
  retire(id: string): Promise<SubscriptionPlan> {
    return STATES.move(this, id, 'retired');
  }

  /** What can be subscribed to, the cheapest first. */
  findActive(): Promise<SubscriptionPlan[]> {
    return this.find({ where: { state: 'active' }, order: { price: 'ASC', code: 'ASC' } });
  }

  findByCode(code: string): Promise<SubscriptionPlan | null> {
    return this.findOne({ where: { code } });
  }

  /** The plan if it can be subscribed to, or an error that says why not. */
  async getActive(id: string): Promise<SubscriptionPlan> {
    const plan = await this.getById(id);
    if (plan.state === 'active') return plan;
    throw new TransitionRefusedError({
      problem: `The plan ${plan.code} is ${plan.state} and cannot be subscribed to`,
      mend: 'Choose one of findActive()',
      given: { code: plan.code, state: plan.state },
    });
  }
}
