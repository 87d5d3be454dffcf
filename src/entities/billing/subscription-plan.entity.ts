import { Entity } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { Tenantless } from '../../context/tenantless.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { IndexActive } from '../index-active.decorator.js';
import { SharedEntity } from '../shared.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';

export const PLAN_INTERVALS = ['month', 'year'] as const;
export type PlanInterval = (typeof PLAN_INTERVALS)[number];

export const PLAN_STATES = ['draft', 'active', 'retired'] as const;
export type PlanState = (typeof PLAN_STATES)[number];

/** How much of what a plan holds, by name; what is not named has no limit. */
export type PlanLimits = Readonly<Record<string, number>>;

/** What can be subscribed to. A retired plan stays visible to those who still have it. */
@Audited()
@Entity({ name: 'subscription_plans' })
@Tenantless('one price list for all tenants; drafts are for those who write it', {
  visible: "{row}.state <> 'draft'",
})
@IndexActive('state', 'price')
export class SubscriptionPlan extends SharedEntity {
  @UniqueActive()
  @TextColumn({ max: 63, format: 'slug' })
  code!: string;

  @TextColumn({ max: 200 })
  name!: string;

  @TextColumn({ max: 2_000, nullable: true })
  description!: string | null;

  @ChoiceColumn(PLAN_INTERVALS, { default: 'month' })
  interval!: PlanInterval;

  @MoneyColumn()
  price!: string;

  @CurrencyColumn()
  currency!: string;

  @CountColumn({ default: 0 })
  trialDays!: number;

  @JsonColumn()
  limits!: PlanLimits;

  @ChoiceColumn(PLAN_STATES, { default: 'draft' })
  state!: PlanState;
}
