import type { DataSource } from 'typeorm';
import { Content, type ContentState } from '../../entities/content/content.entity.js';
import { TransitionRefusedError } from '../../errors/transition-refused.error.js';
import { getConstraintName } from '../../errors/violations.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';
import { decodeCursor, encodeCursor } from '../../validation/cursor.js';
import { DomainRepository, type RowChanges } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import type { NumberedPage } from '../numbered-page.js';
import { checkedCount, checkedLimit } from '../../validation/page-limit.js';
import { StateMachine } from '../state-machine.js';
import { type ContentFilter, filterContent, withRelations } from './content-search.js';

export interface ContentSearch extends ContentFilter {
  /** From 1. */
  readonly page?: number;
  /** Default 50, at most 1,000. */
  readonly limit?: number;
}

export interface PublishedPageOptions extends Omit<ContentFilter, 'status'> {
  readonly limit?: number;
  /** The cursor that the page before ended with. */
  readonly after?: string;
}

const STATES = new StateMachine<Content, ContentState>('status', {
  draft: ['published', 'archived'],
  published: ['draft', 'archived'],
  archived: ['draft'],
});

const MOST_PAGES = 1_000_000;
const MOST_VIEWS = 1_000_000;
const NEEDS_LIVING_ORGANIZATION = 'ck_content_published_by_living_organization';
const CURSOR_KEYS = ['-publishedAt', '-id'];

/** A view is no change of the content: nobody who is editing it has to start again. */
const UNCHANGED: RowChanges<Content> = {
  updatedAt: () => '"updated_at"',
  version: () => '"version"',
};

/** What visitors see, and what is being prepared for them. */
export class ContentRepository extends DomainRepository<Content> {
  protected override readonly movedBy = { status: 'publish, unpublish or archive' };
  constructor(source: DataSource) {
    super(Content, source);
  }

  async publish(id: string, at: Date = new Date()): Promise<Content> {
    try {
      return await STATES.move(this, id, 'published', { publishedAt: at });
    } catch (error) {
      throw getConstraintName(error) === NEEDS_LIVING_ORGANIZATION
        ? organizationIsDeleted(error)
        : error;
    }
  }

  /** Back to a draft, from the page or from the archive. */
  unpublish(id: string): Promise<Content> {
    return STATES.move(this, id, 'draft', { publishedAt: null });
  }

  archive(id: string): Promise<Content> {
    return STATES.move(this, id, 'archived', { publishedAt: null });
  }

  /** One numbered page with the total; the latest published first, then what is not published. */
  async search(options: ContentSearch = {}): Promise<NumberedPage<Content>> {
    const { page: given, limit: size, ...filter } = checkedObject('options', options);
    const limit = checkedLimit(size);
    const page = checkedCount('page', given ?? 1, MOST_PAGES);
    const matching = filterContent(this.createQueryBuilder('content'), filter);
    const total = await matching.getCount();
    const items = await withRelations(matching)
      .orderBy('content.publishedAt', 'DESC', 'NULLS LAST')
      .addOrderBy('content.id', 'DESC')
      .offset((page - 1) * limit)
      .limit(limit)
      .getMany();
    return { items, total, page, limit, pages: Math.ceil(total / limit) };
  }

  /** What is published, the latest first; as fast on the last page as on the first. */
  async findPublishedPage(options: PublishedPageOptions = {}): Promise<KeysetPage<Content>> {
    const { limit: size, after, ...filter } = checkedObject('options', options);
    const limit = checkedLimit(size);
    const published = { ...filter, status: 'published' as const };
    const builder = withRelations(filterContent(this.createQueryBuilder('content'), published));
    if (after !== undefined) {
      const [publishedAt, id] = decodeCursor(after, CURSOR_KEYS);
      builder.andWhere('(content.publishedAt, content.id) < (:publishedAt, :id)', {
        publishedAt,
        id,
      });
    }
    const rows = await builder
      .orderBy('content.publishedAt', 'DESC')
      .addOrderBy('content.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const isLast = rows.length <= limit || !last;
    const next = isLast ? undefined : encodeCursor(CURSOR_KEYS, [last.publishedAt, last.id]);
    return { items, next };
  }

  /** On the page of an organization, or of its creator where it has none. */
  async findBySlug(
    slug: string,
    page: { readonly organizationId: string } | { readonly creatorId: string },
  ): Promise<Content | null> {
    const builder = withRelations(this.createQueryBuilder('content'));
    filterContent(builder, page).andWhere('content.slug = :slug', { slug });
    if (!('organizationId' in page)) builder.andWhere('content.organizationId IS NULL');
    return builder.getOne();
  }

  /** Adds to the counter where it stands, so that no view is lost. Answers with the new count. */
  async incrementViews(id: string, by = 1): Promise<number> {
    const views = checkedCount('by', by, MOST_VIEWS);
    const [row] = await this.updateReturning(
      { id },
      { ...UNCHANGED, viewCount: () => `"view_count" + ${views}` },
    );
    if (!row) throw notFound(this.metadata.name);
    return row.viewCount;
  }
}

function organizationIsDeleted(cause: unknown): TransitionRefusedError {
  return new TransitionRefusedError({
    problem: 'This Content belongs to an organization that is deleted and cannot become published',
    mend: 'Restore the organization first, or clear organizationId',
    cause,
    given: { entity: 'Content', next: 'published' },
  });
}
