import { Entity, Index, JoinColumn, ManyToOne } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { FlagColumn, IdColumn, TimeColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { SubscriptionPlan } from './subscription-plan.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const SUBSCRIPTION_STATES = [
  'trialing',
  'active',
  'past_due',
  'paused',
  'cancelled',
  'expired',
] as const;
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number];

/** The states of a subscription that has not ended. */
export const CURRENT_SUBSCRIPTION_STATES = ['trialing', 'active', 'past_due', 'paused'] as const;

/** What the tenant has subscribed to. It has one that has not ended, at most. */
@Audited()
@Entity({ name: 'subscriptions' })
@Index('ix_subscriptions_tenant_id_current', ['tenantId'], {
  unique: true,
  where: `"deleted_at" IS NULL AND "state" IN ('trialing', 'active', 'past_due', 'paused')`,
})
@Index(['planId'])
@IndexActive('state', 'currentPeriodEnd')
@Rule('a period ends after it starts', '"current_period_end" > "current_period_start"')
@Rule(
  'a subscription that has ended, and no other, has the time of its end',
  `("state" IN ('cancelled', 'expired')) = ("ended_at" IS NOT NULL)`,
)
@Rule(
  'a paused subscription, and no other, has the time of its pause',
  `("state" = 'paused') = ("paused_at" IS NOT NULL)`,
)
export class Subscription extends TenantEntity {
  @SoftDelete('ignore')
  @ManyToOne(() => SubscriptionPlan, { nullable: false, onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'plan_id', referencedColumnName: 'id' })
  plan!: SubscriptionPlan;

  @IdColumn()
  planId!: string;

  @ChoiceColumn(SUBSCRIPTION_STATES)
  state!: SubscriptionState;

  /** All periods are counted from here, so that the 31st stays the 31st after a short month. */
  @TimeColumn()
  periodAnchor!: Date;

  @TimeColumn()
  currentPeriodStart!: Date;

  @TimeColumn()
  currentPeriodEnd!: Date;

  @FlagColumn(false)
  cancelAtPeriodEnd!: boolean;

  @TimeColumn({ nullable: true })
  pausedAt!: Date | null;

  /** When the wish to end it was told; it may go on until the end of the period. */
  @TimeColumn({ nullable: true })
  cancelledAt!: Date | null;

  @TimeColumn({ nullable: true })
  endedAt!: Date | null;
}
