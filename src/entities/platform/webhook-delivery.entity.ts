import { Entity, Index } from 'typeorm';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { Rule } from '../rule.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantRecord } from '../tenant.record.js';
import { Webhook } from './webhook.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const DELIVERY_STATUSES = ['succeeded', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One attempt to tell a webhook of one event. */
@Entity({ name: 'webhook_deliveries' })
@Index(['tenantId', 'webhookId', 'id'])
@Index(['tenantId', 'webhookId', 'eventId', 'attempt'], { unique: true })
@Index(['tenantId', 'nextAttemptAt'], { where: '"next_attempt_at" IS NOT NULL' })
@Rule('only what failed is tried again', `"status" = 'failed' OR "next_attempt_at" IS NULL`)
export class WebhookDelivery extends TenantRecord {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Webhook, { nullable: false, onDelete: 'RESTRICT' })
  webhook!: Webhook;

  webhookId!: string;

  @TextColumn({ max: 200 })
  eventId!: string;

  @TextColumn({ max: 200 })
  event!: string;

  @JsonColumn()
  payload!: Record<string, unknown>;

  @CountColumn({ min: 1, default: 1 })
  attempt!: number;

  @ChoiceColumn(DELIVERY_STATUSES)
  status!: DeliveryStatus;

  @CountColumn({ nullable: true })
  responseCode!: number | null;

  @TextColumn({ max: 2_000, nullable: true })
  error!: string | null;

  @CountColumn({ nullable: true })
  durationMs!: number | null;

  @TimeColumn({ nullable: true })
  nextAttemptAt!: Date | null;
}
