import { Entity, Index } from 'typeorm';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn, TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** A word to one person of the tenant. */
@Entity({ name: 'notifications' })
@IndexReference('recipientId', 'id')
@Index('ix_notifications_unread', ['tenantId', 'recipientId', 'id'], {
  where: '"read_at" IS NULL AND "deleted_at" IS NULL',
})
export class Notification extends TenantEntity {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  recipient!: Membership;

  recipientId!: string;

  @TextColumn({ max: 100 })
  kind!: string;

  @TextColumn({ max: 300 })
  title!: string;

  @TextColumn({ min: 0, max: 10_000, default: '' })
  body!: string;

  @JsonColumn()
  data!: Record<string, unknown>;

  @TimeColumn({ nullable: true })
  readAt!: Date | null;
}
