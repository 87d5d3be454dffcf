import { Entity, Index } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { ChoiceColumn } from '../columns/choice.column.js';
import { BigCountColumn, CountColumn, MeasureColumn } from '../columns/number.column.js';
import { TextColumn } from '../columns/text.column.js';
import { TimeColumn } from '../columns/value.columns.js';
import { Membership } from '../identity/membership.entity.js';
import { IndexActive } from '../index-active.decorator.js';
import { Rule } from '../rule.decorator.js';
import { IndexReference } from '../index-reference.decorator.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { Organization } from './organization.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

export const MEDIA_TYPES = ['video', 'audio'] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

export const MEDIA_STATES = ['uploading', 'uploaded', 'transcoding', 'ready', 'failed'] as const;
export type MediaState = (typeof MEDIA_STATES)[number];

/** A file in the object store, from its upload until it can be played. */
@Audited()
@Entity({ name: 'media_items' })
@IndexReference('creatorId', 'status', 'id')
@Index(['tenantId', 'organizationId'])
@IndexActive('status', 'id')
@Rule(
  'a ready item has its duration and the time of its upload; a video its playlist and size as well',
  `"status" <> 'ready' OR ("duration_seconds" IS NOT NULL AND "uploaded_at" IS NOT NULL AND ("media_type" <> 'video' OR ("hls_master_playlist_key" IS NOT NULL AND "width" IS NOT NULL AND "height" IS NOT NULL)))`,
)
export class MediaItem extends TenantEntity {
  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { nullable: false, onDelete: 'RESTRICT' })
  creator!: Membership;

  creatorId!: string;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Organization, {
    inverse: (organization) => organization.mediaItems,
    onDelete: 'RESTRICT',
  })
  organization!: Organization | null;

  organizationId!: string | null;

  @TextColumn({ max: 500 })
  title!: string;

  @TextColumn({ max: 5_000, nullable: true })
  description!: string | null;

  @ChoiceColumn(MEDIA_TYPES)
  mediaType!: MediaType;

  @ChoiceColumn(MEDIA_STATES, { default: 'uploading' })
  status!: MediaState;

  /** Where the original lies. Two items never share an object. */
  @TextColumn({ max: 1_000 })
  r2Key!: string;

  @BigCountColumn()
  fileSizeBytes!: number;

  @TextColumn({ max: 100 })
  mimeType!: string;

  @MeasureColumn({ nullable: true })
  durationSeconds!: number | null;

  @CountColumn({ nullable: true, min: 1 })
  width!: number | null;

  @CountColumn({ nullable: true, min: 1 })
  height!: number | null;

  @TextColumn({ max: 1_000, nullable: true })
  hlsMasterPlaylistKey!: string | null;

  @TextColumn({ max: 1_000, nullable: true })
  thumbnailKey!: string | null;

  /** Why transcoding failed, for the one who uploaded. */
  @TextColumn({ max: 2_000, nullable: true })
  failureReason!: string | null;

  @TimeColumn({ nullable: true })
  uploadedAt!: Date | null;
}
