import { Entity, Index } from 'typeorm';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { IdColumn, JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { TenantRecord } from '../tenant.record.js';

/** Something that was used, counted in the smallest unit of its metric. */
@Entity({ name: 'usage_events' })
@Index(['tenantId', 'metric', 'occurredAt'])
@Index(['tenantId', 'idempotencyKey'], { unique: true })
export class UsageEvent extends TenantRecord {
  @TextColumn({ max: 100 })
  metric!: string;

  @BigCountColumn()
  quantity!: number;

  @TimeColumn({ now: true })
  occurredAt!: Date;

  /** Not a reference: what was used stays, whoever leaves. */
  @IdColumn({ nullable: true })
  userId!: string | null;

  /** Written once in the tenant, however often it is sent. */
  @TextColumn({ min: 1, max: 200, nullable: true })
  idempotencyKey!: string | null;

  @JsonColumn()
  metadata!: Record<string, unknown>;
}
