import { PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm';
import { TenantOwned } from '../tenant-owned.js';

/**
 * What the tenant has used on a day, as of the last refresh. The rows are materialized, and those
 * of all tenants lie together; the view shows the ones of the tenant in hand.
 */
@ViewEntity({ name: 'daily_usage', synchronize: false })
export class DailyUsage extends TenantOwned {
  /** In UTC, such as 2026-01-31. */
  @PrimaryColumn({ type: 'date' })
  day!: string;

  @PrimaryColumn({ type: 'text' })
  metric!: string;

  /** Text, since the sum of many events may be more than a JavaScript number holds. */
  @ViewColumn()
  quantity!: string;

  @ViewColumn({ transformer: { to: (value: unknown) => value, from: Number } })
  events!: number;
}
