import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { CurrencyColumn, MoneyColumn } from '../columns/money.column.js';
import { BigCountColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import { MediaItem } from './media-item.entity.js';
import { Organization } from './organization.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const CONTENT_TYPES = ['video', 'audio', 'written'] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

export const CONTENT_STATES = ['draft', 'published', 'archived'] as const;
export type ContentState = (typeof CONTENT_STATES)[number];

export const CONTENT_VISIBILITIES = ['public', 'unlisted', 'members', 'private'] as const;
export type ContentVisibility = (typeof CONTENT_VISIBILITIES)[number];

/**
 * What visitors see, on the page of an organization, or of its creator where there is none. The
 * slug is unique on that page.
 */
@Audited()
@Entity({ name: 'content' })
@UniqueActive('organizationId', 'slug')
@Index('ix_content_tenant_id_creator_id_slug_personal', ['tenantId', 'creatorId', 'slug'], {
  unique: true,
  where: '"organization_id" IS NULL AND "deleted_at" IS NULL',
})
@Index(['tenantId', 'organizationId', 'publishedAt', 'id'])
@IndexActive('publishedAt', 'id')
@IndexReference('creatorId', 'publishedAt', 'id')
@IndexActive('status', 'publishedAt', 'id')
@IndexReference('mediaItemId')
@Rule(
  'published content, and no other, has the time of its publication',
  `("status" = 'published') = ("published_at" IS NOT NULL)`,
)
export class Content extends TenantEntity {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  creator!: Membership;

  creatorId!: string;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Organization, {
    inverse: (organization) => organization.content,
    onDelete: 'RESTRICT',
  })
  organization!: Organization | null;

  organizationId!: string | null;

  @SoftDelete('ignore')
  @TenantManyToOne(() => MediaItem, { onDelete: 'RESTRICT' })
  mediaItem!: MediaItem | null;

  mediaItemId!: string | null;

  @TextColumn({ max: 500 })
  title!: string;

  @TextColumn({ max: 500, format: 'slug' })
  slug!: string;

  @TextColumn({ max: 10_000, nullable: true })
  description!: string | null;

  /** The text itself, where the content is written. */
  @TextColumn({ max: 1_000_000, nullable: true })
  body!: string | null;

  @ChoiceColumn(CONTENT_TYPES)
  contentType!: ContentType;

  @ChoiceColumn(CONTENT_STATES, { default: 'draft' })
  status!: ContentState;

  @ChoiceColumn(CONTENT_VISIBILITIES, { default: 'public' })
  visibility!: ContentVisibility;

  /** What it costs to see; nothing by default. */
  @MoneyColumn({ default: '0' })
  price!: string;

  @CurrencyColumn()
  currency!: string;

  @BigCountColumn({ default: 0 })
  viewCount!: number;

  @TimeColumn({ nullable: true })
  publishedAt!: Date | null;
}
