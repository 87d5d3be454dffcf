import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  RowNotFoundError,
  TenantContext,
  TenantRepository,
} from 'nestjs-rowguard';
import type { EntityManager } from 'typeorm';
import { caught } from '../../support/caught.js';
import {
  Author,
  BLOG,
  BLOG_PLACES,
  type Blog,
  Post,
  asEditor,
} from '../../support/soft-delete/blog.js';
import { type PlainBlog, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { ownTextsSentBy } from '../../support/sent-statements.js';
import { Branch, STOCK } from '../../support/soft-delete/stock.js';

describe('S3 and S4: plain TypeORM and updates of deleted rows', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['S3: save', (id) => blog.source.getRepository(PlainPost).save({ id, views: 1 })],
    ['S4: update', (id) => blog.source.getRepository(PlainPost).update({ id }, { views: 1 })],
    ['S4: increment', (id) => blog.source.getRepository(PlainPost).increment({ id }, 'views', 1)],
  ])('%s changes a deleted row, and it stays deleted', async (_, change) => {
    const posts = blog.source.getRepository(PlainPost);
    const { id } = await posts.save({ title: 'gone' });
    await posts.softDelete(id);

    await change(id);

    await expect(posts.findOne({ where: { id }, withDeleted: true })).resolves.toMatchObject({
      views: 1,
      deletedAt: expect.any(Date),
    });
  });
});

describe.each(BLOG_PLACES)('updates where rows are deleted, on %s', (_where, open) => {
  let blog: Blog;
  let posts: TenantRepository<Post>;
  let authors: TenantRepository<Author>;
  let gone: string;
  let living: string;
  const manager = () => blog.source.manager as EntityManager;
  const views = async () => {
    const rows = await asEditor(() => posts.find({ deleted: 'with' }));
    const of = (id: string) => rows.find((row) => row.id === id)?.views;
    return { gone: of(gone), living: of(living) };
  };
  const loadGone = () => asEditor(() => posts.getById(gone, { deleted: 'with' }));

  beforeAll(async () => {
    blog = await open({ entities: [...BLOG, ...STOCK] });
    posts = new TenantRepository(Post, blog.source);
    authors = new TenantRepository(Author, blog.source);
  });
  afterAll(() => blog.close());
  beforeEach(async () => {
    await TenantContext.runAsSystem('test data', () => posts.deleteAll());
    const [one, other] = await asEditor(() =>
      posts.insertMany([{ title: 'gone' }, { title: 'living' }]),
    );
    gone = one?.id ?? '';
    living = other?.id ?? '';
    await asEditor(() => posts.softDelete(gone));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['repository.update', () => posts.update({ views: 0 }, { views: 9 })],
    ['repository.update by ids', () => posts.update([gone, living], { views: 9 })],
    ['told so', () => posts.update({ views: 0 }, { views: 9 }, { deleted: 'without' })],
    ['updateAll', () => posts.updateAll({ views: 9 })],
    ['increment', () => posts.increment({ views: 0 }, 'views', 9)],
    ['decrement', () => posts.decrement({ views: 0 }, 'views', -9)],
    ['manager.update', () => manager().update(Post, { views: 0 }, { views: 9 })],
    ['manager.increment', () => manager().increment(Post, { views: 0 }, 'views', 9)],
    [
      'a repository of TypeORM',
      () => blog.source.getRepository(Post).update({ views: 0 }, { views: 9 }),
    ],
    ['a builder', () => posts.createQueryBuilder().update().set({ views: 9 }).execute()],
    [
      'a builder with alternatives',
      () =>
        posts
          .createQueryBuilder()
          .update()
          .set({ views: 9 })
          .where({ id: living })
          .orWhere({ id: gone })
          .orWhere('views = 0')
          .execute(),
    ],
    [
      'a builder with a common table expression',
      () =>
        posts
          .createQueryBuilder()
          .update()
          .addCommonTableExpression('SELECT 0 AS n', 'zero')
          .set({ views: 9 })
          .where('views IN (SELECT n FROM zero)')
          .execute(),
    ],
    [
      'the work of the system',
      () => TenantContext.runAsSystem('a test', () => posts.update({ views: 0 }, { views: 9 })),
    ],
  ])('S4: reach living rows only, in one statement: %s', async (_, update) => {
    const statements = await ownTextsSentBy(() => asEditor(update));

    expect(statements).toHaveLength(1);
    await expect(views()).resolves.toEqual({ gone: 0, living: 9 });
  });

  it.each<[string, number, () => Promise<unknown>]>([
    ['with', 9, () => posts.update({ views: 0 }, { views: 9 }, { deleted: 'with' })],
    [
      'with, by the manager',
      9,
      () => manager().update(Post, { views: 0 }, { views: 9 }, { deleted: 'with' } as never),
    ],
    ['only', 0, () => posts.update([gone, living], { views: 9 }, { deleted: 'only' })],
    [
      'only, by a condition',
      0,
      () => posts.update({ views: 0 }, { views: 9 }, { deleted: 'only' }),
    ],
    [
      'by withDeleted() of a builder',
      9,
      () => posts.createQueryBuilder().withDeleted().update().set({ views: 9 }).execute(),
    ],
  ])('S4: reach deleted rows where they are asked for: %s', async (_, ofLiving, update) => {
    const statements = await ownTextsSentBy(() => asEditor(update));

    expect(statements).toHaveLength(1);
    await expect(views()).resolves.toEqual({ gone: 9, living: ofLiving });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['brings it back', () => posts.update(gone, { deletedAt: null, views: 9 })],
    [
      'dates it anew',
      () =>
        posts
          .createQueryBuilder()
          .update()
          .set({ deletedAt: new Date(), views: 9 })
          .where({ id: gone })
          .execute(),
    ],
  ])('S4: reach a deleted row with a change that itself %s', async (_, update) => {
    await asEditor(update);

    await expect(views()).resolves.toEqual({ gone: 9, living: 0 });
  });

  it('S4: answer how many rows, and which, without the deleted ones', async () => {
    const { affected, raw } = await asEditor(() =>
      posts.update({ views: 0 }, { views: 9 }, { returning: ['id'] }),
    );

    expect({ affected, raw }).toEqual({ affected: 1, raw: [{ id: living }] });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['by its id', () => posts.save({ id: gone, views: 9 })],
    ['by the manager', () => manager().save(Post, { id: gone, views: 9 })],
    [
      'that was loaded before it went',
      async () => {
        await posts.restore(gone);
        const row = await posts.getById(gone);
        await posts.softDelete(gone);
        return posts.save(Object.assign(row, { views: 9 }));
      },
    ],
    [
      'among others',
      () =>
        posts.save([
          { id: living, views: 9 },
          { id: gone, views: 9 },
        ]),
    ],
  ])('S3: refuse to save a deleted row %s, and write nothing', async (_, save) => {
    await expect(caught(asEditor(save))).resolves.toBeInstanceOf(RowNotFoundError);

    await expect(views()).resolves.toEqual({ gone: 0, living: 0 });
    await expect(loadGone()).resolves.toMatchObject({ deletedAt: expect.any(Date) });
  });

  it('S3: save a change of a row that was loaded as a deleted one; it stays deleted', async () => {
    const row = await loadGone();

    await asEditor(() => posts.save(Object.assign(row, { views: 9 })));

    await expect(loadGone()).resolves.toMatchObject({ views: 9, deletedAt: row.deletedAt });
  });

  it('S3: do not mistake a saved deleted row for leave to save others', async () => {
    const row = await loadGone();
    await asEditor(() => posts.softDelete(living));

    const error = await caught(
      asEditor(() => posts.save([Object.assign(row, { views: 9 }), { id: living, views: 9 }])),
    );

    expect(error).toBeInstanceOf(RowNotFoundError);
    await expect(views()).resolves.toEqual({ gone: 0, living: 0 });
  });

  it('S3: save a living row as deleted', async () => {
    const row = await asEditor(() => posts.getById(living));

    await asEditor(() => posts.save(Object.assign(row, { deletedAt: new Date() })));

    await expect(asEditor(() => posts.find())).resolves.toEqual([]);
  });

  it('leave the reference of a deleted row alone when its owner is saved without it', async () => {
    const author = await asEditor(async () => {
      const [one] = await authors.insertMany([{ name: 'Ada' }]);
      await posts.update([gone, living], { authorId: one?.id ?? '' }, { deleted: 'with' });
      return authors.findOneOrFail({ where: { id: one?.id ?? '' }, relations: { posts: true } });
    });
    expect(author.posts).toHaveLength(1);

    await asEditor(() => authors.save(Object.assign(author, { name: 'Ada L.' })));

    await expect(loadGone()).resolves.toMatchObject({ authorId: author.id });
  });

  it('move deleted rows along with the branch that they are on', async () => {
    const branches = new TenantRepository(Branch, blog.source);
    const path = () =>
      TenantContext.runAsSystem('a test', () =>
        blog.source.query<{ mpath: string }[]>(`select mpath from branches where name = 'leaf'`),
      );
    const ids = await asEditor(async () => {
      const other = await branches.save({ name: 'other' });
      const bough = await branches.save({ name: 'bough' });
      const leaf = await branches.save({ name: 'leaf', parent: bough });
      await branches.softDelete(leaf.id);
      await branches.save(Object.assign(bough, { parent: other }));
      return [other, bough, leaf].map((one) => one.id);
    });

    const [leaf] = await path();
    expect(leaf?.mpath).toMatch(new RegExp(ids.join('.*')));
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another word', () => posts.update({ views: 0 }, { views: 9 }, bad('all'))],
    ['a number', () => posts.update({ views: 0 }, { views: 9 }, bad(1))],
    ['null', () => posts.update({ views: 0 }, { views: 9 }, bad(null))],
    ['options that are text', () => posts.update({ views: 0 }, { views: 9 }, 'with' as never)],
    ['a criterion that is none', () => posts.update({}, { views: 9 }, { deleted: 'with' })],
  ])('say what is wrong with %s, and send nothing', async (_, update) => {
    let error: unknown;
    const statements = await ownTextsSentBy(async () => {
      error = await caught(asEditor(update));
    });

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(statements).toEqual([]);
  });
});

function bad(deleted: unknown): never {
  return { deleted } as never;
}
