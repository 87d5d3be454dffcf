import {
  CONTENT_STATES,
  CONTENT_TYPES,
  type Content,
  type ContentState,
  type ContentType,
} from '../../entities/content/content.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { TenantQueryBuilder } from '../../predicate/deleted/tenant-query-builder.js';
import { checkedObject } from '../../validation/checked-object.js';

export interface ContentFilter {
  readonly organizationId?: string;
  readonly creatorId?: string;
  readonly contentType?: ContentType;
  readonly status?: ContentState;
  /** Found anywhere in title or description, in any case. */
  readonly text?: string;
}

const LONGEST_TEXT = 200;

/** The parts of `filter` that are given, as conditions on the alias `content`. */
export function filterContent(
  builder: TenantQueryBuilder<Content>,
  filter: ContentFilter,
): TenantQueryBuilder<Content> {
  const { organizationId, creatorId, contentType, status, text } = checkedObject('filter', filter);
  if (organizationId !== undefined)
    builder.andWhere('content.organizationId = :organizationId', { organizationId });
  if (creatorId !== undefined) builder.andWhere('content.creatorId = :creatorId', { creatorId });
  if (contentType !== undefined) {
    checkWord('contentType', contentType, CONTENT_TYPES);
    builder.andWhere('content.contentType = :contentType', { contentType });
  }
  if (status !== undefined) {
    checkWord('status', status, CONTENT_STATES);
    builder.andWhere('content.status = :status', { status });
  }
  if (text !== undefined && text !== '') {
    builder.andWhere('(content.title ILIKE :text OR content.description ILIKE :text)', {
      text: `%${literally(text)}%`,
    });
  }
  return builder;
}

/** Everything that is shown with content, in the same statement; nobody sees who or what was deleted. */
export function withRelations(builder: TenantQueryBuilder<Content>): TenantQueryBuilder<Content> {
  return builder
    .leftJoinAndSelect('content.creator', 'creator')
    .leftJoinAndSelect('creator.user', 'user')
    .leftJoinAndSelect('content.organization', 'organization')
    .leftJoinAndSelect('content.mediaItem', 'mediaItem')
    .withoutDeleted('creator')
    .withoutDeleted('user')
    .withoutDeleted('organization')
    .withoutDeleted('mediaItem');
}

/** What means something in a pattern is searched for as it is. */
function literally(text: unknown): string {
  if (typeof text === 'string' && text.length <= LONGEST_TEXT) {
    return text.replace(/[\\%_]/g, String.raw`\$&`);
  }
  throw new InvalidInputError({
    problem: `The text to search for is no text of at most ${LONGEST_TEXT} characters`,
    mend: 'Check the value before it gets here',
  });
}

function checkWord(name: string, word: unknown, words: readonly string[]): void {
  if (typeof word === 'string' && words.includes(word)) return;
  throw new InvalidInputError({
    problem: `${name} is none of ${words.join(', ')} (given: ${String(word).slice(0, 40)})`,
    mend: 'Leave it out to search in all',
  });
}
