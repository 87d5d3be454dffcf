import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { ContentDesk } from '../../support/content-desk.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import {
  ANNA,
  GUSTAV,
  type ShippedSource,
  openEmbeddedShipped,
  openShipped,
} from '../../support/shipped-source.js';

const BOTH = { predicate: true, policies: true };
const WALLS = [
  ['both walls', openShipped, BOTH],
  ['the predicate alone', openShipped, { predicate: true, policies: false }],
  ['both walls, embedded', openEmbeddedShipped, BOTH],
] as const;

const as = <T>(tenantId: string, work: () => Promise<T>) => TenantContext.run({ tenantId }, work);
const FIRST_DAY = Date.UTC(2026, 0, 1);
const day = (count: number) => new Date(FIRST_DAY + count * 86_400_000);

describe.each(WALLS)('the search for content, behind %s', (_, open, walls) => {
  let shipped: ShippedSource;
  let desk: ContentDesk;
  let organizationId: string;

  beforeAll(async () => {
    shipped = await open(['content'], { tenancy: { walls } });
    desk = new ContentDesk(shipped.source);
    await as(ACME, async () => {
      organizationId = (await desk.organization()).id;
      for (let count = 0; count < 7; count++) {
        await desk.published({ title: `Part ${count}`, organizationId }, day(count));
      }
      await desk.published({ title: 'Growth of 100% in a year' }, day(30));
      await desk.draft({ title: 'Growth of 1000 in a year', contentType: 'written' });
      await desk.draft({ title: 'snake_case', description: String.raw`a \ b` });
      await desk.draft({ title: 'snakeXcase' });
    });
    await as(GLOBEX, () => desk.published({ title: 'Part of Globex', creatorId: GUSTAV }, day(1)));
  });
  afterAll(() => shipped.close());

  const titles = (options: Parameters<ContentDesk['content']['search']>[0]) =>
    as(ACME, async () => (await desk.content.search(options)).items.map((item) => item.title));

  it('filters by organization, creator, type, status and text, all at once', async () => {
    await expect(
      titles({
        organizationId,
        creatorId: ANNA,
        contentType: 'video',
        status: 'published',
        text: 'pART 3',
      }),
    ).resolves.toEqual(['Part 3']);
    await expect(titles({ contentType: 'written' })).resolves.toEqual(['Growth of 1000 in a year']);
    await expect(titles({ creatorId: GUSTAV })).resolves.toEqual([]);
  });

  it('answers with a numbered page and the total, the latest published first, drafts last', async () => {
    const page = await as(ACME, () => desk.content.search({ page: 2, limit: 4 }));

    expect(page).toMatchObject({ total: 11, page: 2, limit: 4, pages: 3 });
    expect(page.items.map((item) => item.title)).toEqual(['Part 3', 'Part 2', 'Part 1', 'Part 0']);
    const last = await as(ACME, () => desk.content.search({ page: 3, limit: 4 }));
    expect(last.items.map((item) => item.status)).toEqual(['draft', 'draft', 'draft']);
  });

  it('takes the wildcards of a pattern as the characters that they are', async () => {
    await expect(titles({ text: '100%' })).resolves.toEqual(['Growth of 100% in a year']);
    await expect(titles({ text: 'snake_case' })).resolves.toEqual(['snake_case']);
    await expect(titles({ text: '%' })).resolves.toEqual(['Growth of 100% in a year']);
    await expect(titles({ text: '\\' })).resolves.toEqual(['snake_case']);
    await expect(titles({ text: `' OR true --` })).resolves.toEqual([]);
  });

  it('walks what is published by cursor: every row once, in order, and nothing of others', async () => {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await as(ACME, () =>
        desk.content.findPublishedPage({ limit: 3, ...(after === undefined ? {} : { after }) }),
      );
      seen.push(...page.items.map((item) => item.title));
      expect(page.items.every((item) => item.creator.id === ANNA)).toBe(true);
      after = page.next;
    } while (after !== undefined);

    expect(seen).toEqual([
      'Growth of 100% in a year',
      ...[6, 5, 4, 3, 2, 1, 0].map((count) => `Part ${count}`),
    ]);
  });

  it('tells rows apart that were published at the same moment', async () => {
    await as(ACME, async () => {
      const { id } = await desk.organization();
      for (let count = 0; count < 5; count++) await desk.published({ organizationId: id }, day(60));
      const first = await desk.content.findPublishedPage({ organizationId: id, limit: 2 });
      const rest = await desk.content.findPublishedPage({
        organizationId: id,
        after: first.next as string,
      });
      const ids = [...first.items, ...rest.items].map((item) => item.id);

      expect(new Set(ids).size).toBe(5);
      await desk.content.hardDelete(ids);
    });
  });

  it.each([
    ['a page before the first', { page: 0 }],
    ['a limit beyond 1,000', { limit: 1_001 }],
    ['a status that there is not', { status: 'live' }],
    ['a type that there is not', { contentType: 7 }],
    ['a text that is none', { text: { $ne: 1 } }],
    ['a text without end', { text: 'x'.repeat(201) }],
    ['an id that is none', { organizationId: 'x' }],
  ])('refuses %s', async (_case, options) => {
    await expect(as(ACME, () => desk.content.search(options as never))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('refuses a cursor that is none, and views that are no count', async () => {
    await as(ACME, async () => {
      for (const work of [
        () => desk.content.findPublishedPage({ after: 'x' }),
        () => desk.content.incrementViews(ANNA, -1),
        () => desk.content.incrementViews(ANNA, '1; drop table content' as never),
      ]) {
        await expect(work()).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
      }
    });
  });
});
