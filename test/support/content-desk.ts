import type { DataSource } from 'typeorm';
import {
  type Content,
  ContentRepository,
  type MediaItem,
  MediaItemRepository,
  type NewRow,
  OrganizationRepository,
} from 'nestjs-rowguard';
import { ANNA } from './shipped-source.js';

/** The repositories of the content domain, and rows that only lack what a test is about. */
export class ContentDesk {
  private count = 0;
  readonly organizations: OrganizationRepository;
  readonly media: MediaItemRepository;
  readonly content: ContentRepository;

  constructor(readonly source: DataSource) {
    this.organizations = new OrganizationRepository(source);
    this.media = new MediaItemRepository(source);
    this.content = new ContentRepository(source);
  }

  organization(name = 'Acme Inc') {
    return this.organizations.create({ name, slug: this.slug('org') });
  }

  video(changes: NewRow<MediaItem> = {}) {
    return this.media.create({
      creatorId: ANNA,
      title: 'My Video',
      mediaType: 'video',
      status: 'uploading',
      r2Key: 'originals/1/video.mp4',
      fileSizeBytes: 1_024_000,
      mimeType: 'video/mp4',
      ...(changes as object),
    });
  }

  draft(changes: NewRow<Content> = {}) {
    return this.content.create({
      creatorId: ANNA,
      title: 'My Video',
      slug: this.slug('content'),
      contentType: 'video',
      status: 'draft',
      ...(changes as object),
    });
  }

  async published(changes: NewRow<Content> = {}, at?: Date): Promise<Content> {
    const { id } = await this.draft(changes);
    return this.content.publish(id, at);
  }

  private slug(prefix: string): string {
    return `${prefix}-${++this.count}`;
  }
}
