import { type DataSource, In, LessThanOrEqual } from 'typeorm';
import {
  CURRENT_SUBSCRIPTION_STATES,
  Subscription,
  type SubscriptionState,
} from '../../entities/billing/subscription.entity.js';
import type { SubscriptionPlan } from '../../entities/billing/subscription-plan.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { RowNotFoundError } from '../../errors/row-not-found.error.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import { checkedTimes } from '../../validation/checked-times.js';
import { StateMachine } from '../state-machine.js';
import { addDays, periodEnd } from './billing-period.js';
import { PlanRepository } from './plan.repository.js';

export interface SubscriptionStart {
  readonly planId: string;
  /** Default: now. */
  readonly startsAt?: Date;
  /** Default: as the plan has it. 0: no trial. */
  readonly trialDays?: number;
}

export interface CancelOptions {
  /** It goes on until what is paid for has passed. Default: it ends now. */
  readonly atPeriodEnd?: boolean;
}

const STATES = new StateMachine<Subscription, SubscriptionState>('state', {
  trialing: ['active', 'past_due', 'paused', 'cancelled', 'expired'],
  active: ['past_due', 'paused', 'cancelled', 'expired'],
  past_due: ['active', 'cancelled', 'expired'],
  paused: ['cancelled', 'expired'],
  cancelled: [],
  expired: [],
});

/** Only what is paused is resumed: a way of its own to the same state. */
const RESUMING = new StateMachine<Subscription, SubscriptionState>('state', {
  trialing: [],
  active: [],
  past_due: [],
  paused: ['active'],
  cancelled: [],
  expired: [],
});

const LONGEST_TRIAL_DAYS = 3_650;

/** What the tenant has subscribed to. */
export class SubscriptionRepository extends DomainRepository<Subscription> {
  protected override readonly movedBy = { state: 'activate, pause, resume, cancel or expire' };
  private readonly plans: PlanRepository;

  constructor(source: DataSource) {
    super(Subscription, source);
    this.plans = new PlanRepository(source);
  }

  /** The one that has not ended, with its plan, or null. */
  findCurrent(): Promise<Subscription | null> {
    return this.findOne({
      where: { state: In([...CURRENT_SUBSCRIPTION_STATES]) },
      relations: { plan: true },
    });
  }

  /** Begins with the trial of the plan, if it has one. A tenant has one current subscription. */
  async start(start: SubscriptionStart): Promise<Subscription> {
    const { planId, startsAt: from = new Date(), trialDays: days } = checkedObject('start', start);
    checkedTimes({ from, to: undefined });
    const plan = await this.plans.getActive(planId);
    const trialDays = checkedDays(days ?? plan.trialDays);
    const firstDay = addDays(from, trialDays);
    return this.create({
      planId: plan.id,
      state: trialDays > 0 ? 'trialing' : 'active',
      periodAnchor: firstDay,
      currentPeriodStart: from,
      currentPeriodEnd: trialDays > 0 ? firstDay : periodEnd(from, plan.interval, from),
    });
  }

  /** Paid: of a trial, or of what was overdue. */
  activate(id: string): Promise<Subscription> {
    return STATES.move(this, id, 'active');
  }

  markPastDue(id: string): Promise<Subscription> {
    return STATES.move(this, id, 'past_due');
  }

  /** Another plan from now on. Where its interval is another, a new period begins at `at`. */
  async changePlan(id: string, planId: string, at: Date = new Date()): Promise<Subscription> {
    checkedTimes({ from: at, to: undefined });
    const plan = await this.plans.getActive(planId);
    const subscription = await this.getById(id, { relations: { plan: true } });
    const sameInterval = planOf(subscription)?.interval === plan.interval;
    const period: RowChanges<Subscription> =
      sameInterval || subscription.state === 'trialing'
        ? {}
        : {
            periodAnchor: at,
            currentPeriodStart: at,
            currentPeriodEnd: periodEnd(at, plan.interval, at),
          };
    return this.changeCurrent(id, { planId, ...period }, 'change its plan');
  }

  pause(id: string, at: Date = new Date()): Promise<Subscription> {
    return STATES.move(this, id, 'paused', { pausedAt: at });
  }

  resume(id: string): Promise<Subscription> {
    return RESUMING.move(this, id, 'active', { pausedAt: null });
  }

  /** Ends it now, or lets it run until the end of its period. */
  async cancel(id: string, options: CancelOptions = {}): Promise<Subscription> {
    const { atPeriodEnd } = checkedObject('options', options);
    const now = new Date();
    if (atPeriodEnd) {
      const changes = { cancelAtPeriodEnd: true, cancelledAt: now };
      return this.changeCurrent(id, changes, 'be cancelled');
    }
    const changes = { cancelledAt: now, endedAt: now, pausedAt: null };
    return STATES.move(this, id, 'cancelled', changes);
  }

  /** Takes back a cancellation whose time has not come. */
  keep(id: string): Promise<Subscription> {
    const changes = { cancelAtPeriodEnd: false, cancelledAt: null };
    return this.changeCurrent(id, changes, 'be kept');
  }

  /** Ends it without anybody's wish: the trial is over, or nobody pays. */
  expire(id: string, at: Date = new Date()): Promise<Subscription> {
    return STATES.move(this, id, 'expired', { endedAt: at, pausedAt: null });
  }

  /** The next period; a trial becomes active. What is paused, or to end with its period, is refused. */
  async renew(id: string): Promise<Subscription> {
    const one = await this.getById(id, { relations: { plan: true } });
    const plan = planOf(one);
    if (!plan) throw planIsGone();
    const start = one.currentPeriodEnd;
    const [renewed] = await this.updateReturning(
      {
        id,
        currentPeriodEnd: start,
        cancelAtPeriodEnd: false,
        state: In(['trialing', 'active', 'past_due']),
      },
      {
        currentPeriodStart: start,
        currentPeriodEnd: periodEnd(one.periodAnchor, plan.interval, start),
        state: () => `CASE "state" WHEN 'trialing' THEN 'active' ELSE "state" END`,
      },
    );
    if (renewed) return renewed;
    throw refusal(await this.getById(id), 'be renewed');
  }

  /** Ends what was to end with its period, in one statement; as system work, that of all tenants. */
  cancelDue(at: Date = new Date()): Promise<Subscription[]> {
    return this.updateReturning(
      {
        state: In([...CURRENT_SUBSCRIPTION_STATES]),
        cancelAtPeriodEnd: true,
        currentPeriodEnd: LessThanOrEqual(at),
      },
      { state: 'cancelled', endedAt: () => '"current_period_end"', pausedAt: null },
    );
  }

  private async changeCurrent(
    id: string,
    changes: RowChanges<Subscription>,
    wish: string,
  ): Promise<Subscription> {
    const where = { id, state: In([...CURRENT_SUBSCRIPTION_STATES]) };
    const [changed] = await this.updateReturning(where, changes);
    if (changed) return changed;
    throw refusal(await this.getById(id), wish);
  }
}

/** Null where the plan was deleted, or is a draft again. */
function planOf({ plan }: Subscription): SubscriptionPlan | null {
  return plan?.deletedAt === null ? plan : null;
}

function planIsGone(): RowNotFoundError {
  return new RowNotFoundError({
    problem:
      'The plan of this Subscription is no longer there, and with it how long a period lasts',
    mend: 'Call changePlan with one of findActive(), which begins a new period; retire a plan instead of deleting it',
    given: { entity: 'SubscriptionPlan' },
  });
}

function refusal(subscription: Subscription, wish: string): TransitionRefusedError {
  const { state, cancelAtPeriodEnd } = subscription;
  const ends = cancelAtPeriodEnd ? ', is to end with its period' : '';
  return new TransitionRefusedError({
    problem: `This Subscription is ${state}${ends} and cannot ${wish}`,
    mend: 'Read it again; one that has ended, or is paused, is followed by start() or resume()',
    given: { entity: 'Subscription', state },
  });
}

function checkedDays(days: number): number {
  if (Number.isInteger(days) && days >= 0 && days <= LONGEST_TRIAL_DAYS) return days;
  throw new InvalidInputError({
    problem: `trialDays is no whole number from 0 to ${LONGEST_TRIAL_DAYS} (given: ${String(days).slice(0, 40)})`,
    mend: 'Leave it out for the trial of the plan, or pass 0 for none',
  });
}
