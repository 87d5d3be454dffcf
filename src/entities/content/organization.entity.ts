import { Entity, OneToMany } from 'typeorm';
import { Audited } from '../audited.decorator.js';
import { TextColumn } from '../columns/text.column.js';
import { JsonColumn } from '../columns/value.columns.js';
import { IndexReference } from '../index-reference.decorator.js';
import { Membership } from '../identity/membership.entity.js';
import { TenantManyToOne } from '../tenant-many-to-one.decorator.js';
import { TenantEntity } from '../tenant.entity.js';
import { UniqueActive } from '../unique-active.decorator.js';
import type { Content } from './content.entity.js';
import type { MediaItem } from './media-item.entity.js';
import { SoftDelete } from '../soft-delete.decorator.js';

/** How an organization looks to its visitors. */
export interface Branding {
  readonly logoUrl?: string;
  readonly faviconUrl?: string;
  readonly primaryColor?: string;
  readonly secondaryColor?: string;
  readonly accentColor?: string;
  readonly fontFamily?: string;
}

/** Under whose name content is published. Its deletion unpublishes the content in the database. */
@Audited()
@Entity({ name: 'organizations' })
@IndexReference('ownerId')
export class Organization extends TenantEntity {
  @TextColumn({ max: 200 })
  name!: string;

  @UniqueActive()
  @TextColumn({ max: 200, format: 'slug' })
  slug!: string;

  @TextColumn({ max: 5_000, nullable: true })
  description!: string | null;

  @JsonColumn()
  branding!: Branding;

  @SoftDelete('ignore')
  @TenantManyToOne(() => Membership, { onDelete: 'RESTRICT' })
  owner!: Membership | null;

  ownerId!: string | null;

  @OneToMany<MediaItem>('MediaItem', 'organization')
  mediaItems!: MediaItem[];

  @OneToMany<Content>('Content', 'organization')
  content!: Content[];
}
