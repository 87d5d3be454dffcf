import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { Author, BLOG_PLACES, type Blog, Post, asEditor } from '../../support/soft-delete/blog.js';
import {
  PlainAuthor,
  type PlainBlog,
  PlainPost,
  openPlainBlog,
} from '../../support/soft-delete/plain-blog.js';

describe('plain TypeORM', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it('S1: loses the author of a post that is loaded and saved after the author was deleted', async () => {
    const [authors, posts] = [
      blog.source.getRepository(PlainAuthor),
      blog.source.getRepository(PlainPost),
    ];
    const author = await authors.save({ name: 'Ann' });
    const { id } = await posts.save({ title: 'One', author });
    await authors.softDelete(author.id);

    const post = await posts.findOneOrFail({ where: { id }, relations: { author: true } });
    await posts.save(Object.assign(post, { title: 'Two' }));

    const [row] = await blog.source.query<{ authorId: string | null }[]>(
      'select "authorId" from posts where id = $1',
      [id],
    );
    expect(row?.authorId).toBeNull();
  });
});

describe.each(BLOG_PLACES)('S1: a post whose author is deleted, on %s', (_, open) => {
  let blog: Blog;
  let authors: TenantRepository<Author>;
  let posts: TenantRepository<Post>;

  beforeAll(async () => {
    blog = await open();
    authors = new TenantRepository(Author, blog.source);
    posts = new TenantRepository(Post, blog.source);
  });
  afterAll(() => blog.close());

  const newPost = async () => {
    const author = await authors.save({ name: 'Ann' });
    const post = await posts.save({ title: 'One', author });
    await authors.softDelete(author.id);
    return { id: post.id, authorId: author.id };
  };
  const loads: readonly (readonly [string, (id: string) => Promise<Post>])[] = [
    [
      'find with relations',
      (id) => posts.findOneOrFail({ where: { id }, relations: { author: true } }),
    ],
    [
      'find with a query for each relation',
      (id) =>
        posts.findOneOrFail({
          where: { id },
          relations: { author: true },
          relationLoadStrategy: 'query',
        }),
    ],
    [
      'a builder that joins and selects',
      (id) =>
        posts
          .createQueryBuilder('post')
          .leftJoinAndSelect('post.author', 'author')
          .where({ id })
          .getOneOrFail(),
    ],
    [
      'a builder that joins from the inside',
      (id) =>
        posts
          .createQueryBuilder('post')
          .innerJoinAndSelect('post.author', 'author')
          .where({ id })
          .getOneOrFail(),
    ],
    ['findById', async (id) => posts.getById(id, { relations: { author: true } })],
    [
      'a page by cursor',
      async (id) => {
        const { items } = await posts.findPage({ where: { id }, relations: { author: true } });
        return items[0] as Post;
      },
    ],
    [
      'a numbered page',
      async (id) => {
        const options = { where: { id }, relations: { author: true } };
        return (await posts.findAndCountPage(options)).items[0] as Post;
      },
    ],
  ];

  it.each(loads)('is loaded with the author by %s, and saved with it', async (_name, load) => {
    await asEditor(async () => {
      const { id, authorId } = await newPost();

      const post = await load(id);
      await posts.save(Object.assign(post, { title: 'Two' }));

      expect(post.author).toMatchObject({ id: authorId, deletedAt: expect.any(Date) });
      await expect(posts.getById(id)).resolves.toMatchObject({ title: 'Two', authorId });
      await expect(authors.findById(authorId)).resolves.toBeNull();
    });
  });

  const hiding: readonly (readonly [string, (id: string) => Promise<Post>])[] = [
    [
      'a builder that was told so',
      (id) =>
        posts
          .createQueryBuilder('post')
          .leftJoinAndSelect('post.author', 'author')
          .withoutDeleted('author')
          .where({ id })
          .getOneOrFail(),
    ],
    [
      'find',
      (id) =>
        posts.getById(id, {
          relations: { author: true },
          deleted: { relations: { author: 'without' } },
        }),
    ],
    [
      'find with a query for each relation',
      (id) =>
        posts.getById(id, {
          relations: { author: true },
          relationLoadStrategy: 'query',
          deleted: { relations: { author: 'without' } },
        }),
    ],
    [
      'a builder whose own condition leaves it out',
      (id) =>
        posts
          .createQueryBuilder('post')
          .leftJoinAndSelect('post.author', 'author', 'author.deletedAt IS NULL')
          .where({ id })
          .getOneOrFail(),
    ],
    [
      'a builder that does not read the key',
      (id) =>
        posts
          .createQueryBuilder('post')
          .select(['post.tenantId', 'post.id', 'post.title'])
          .leftJoinAndSelect('post.author', 'author')
          .withoutDeleted('author')
          .where({ id })
          .getOneOrFail(),
    ],
  ];

  it.each(hiding)('keeps the author that was hidden by %s', async (_name, load) => {
    await asEditor(async () => {
      const { id, authorId } = await newPost();

      const post = await load(id);
      await posts.save(Object.assign(post, { title: 'Two' }));

      expect(post.author).toBeUndefined();
      await expect(posts.getById(id)).resolves.toMatchObject({ title: 'Two', authorId });
    });
  });

  it('loses an author that was hidden where the caller says so', async () => {
    await asEditor(async () => {
      const { id } = await newPost();
      const options = {
        relations: { author: true },
        deleted: { relations: { author: 'without' } },
      };

      const post = await posts.getById(id, options as object);
      await posts.save(Object.assign(post, { author: null }));

      await expect(posts.getById(id)).resolves.toMatchObject({ authorId: null });
    });
  });

  it('says null of a post without an author, however it is asked for', async () => {
    await asEditor(async () => {
      const { id } = await posts.save({ title: 'Nobody wrote it' });

      for (const relationLoadStrategy of ['join', 'query'] as const) {
        const deleted = { relations: { author: 'without' } } as const;
        const relations = { author: true };
        const hidden = await posts.getById(id, { relations, relationLoadStrategy, deleted });
        const shown = await posts.getById(id, { relations, relationLoadStrategy });

        expect([hidden.author, shown.author]).toEqual([null, null]);
      }
    });
  });
});
