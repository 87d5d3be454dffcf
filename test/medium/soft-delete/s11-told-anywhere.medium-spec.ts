import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidInputError, TenantRepository } from 'nestjs-rowguard';
import {
  Author,
  BLOG_PLACES,
  type Blog,
  Comment,
  Post,
  asEditor,
} from '../../support/soft-delete/blog.js';
import { textsSentBy } from '../../support/sent-statements.js';
import {
  PlainAuthor,
  type PlainBlog,
  PlainComment,
  PlainPost,
  openPlainBlog,
} from '../../support/soft-delete/plain-blog.js';

describe('plain TypeORM', () => {
  let blog: PlainBlog;
  let postId: string;

  beforeAll(async () => {
    blog = await openPlainBlog();
    const author = await blog.source.getRepository(PlainAuthor).save({ name: 'Ann' });
    const post = await blog.source.getRepository(PlainPost).save({ title: 'One', author });
    const comments = blog.source.getRepository(PlainComment);
    const comment = await comments.save({ text: 'Gone', post });
    await comments.softDelete(comment.id);
    await blog.source.getRepository(PlainAuthor).softDelete(author.id);
    postId = post.id;
  });
  afterAll(() => blog.close());

  it('S11: does not hear withDeleted after a join', async () => {
    const post = await blog.source
      .getRepository(PlainPost)
      .createQueryBuilder('post')
      .leftJoinAndSelect('post.comments', 'comment')
      .withDeleted()
      .where({ id: postId })
      .getOneOrFail();

    expect(post.comments).toEqual([]);
  });

  it('S12: shows the deleted rows of all relations or of none', async () => {
    const posts = blog.source.getRepository(PlainPost);
    const relations = { author: true, comments: true };

    const [none] = await posts.find({ relations });
    const [all] = await posts.find({ relations, withDeleted: true });

    expect([none?.author, none?.comments.length]).toEqual([null, 0]);
    expect([all?.author?.name, all?.comments.length]).toEqual(['Ann', 1]);
  });

  it('S14: does not find a post by its author once the author is deleted', async () => {
    const posts = blog.source.getRepository(PlainPost);

    await expect(posts.findBy({ author: { name: 'Ann' } })).resolves.toEqual([]);
  });
});

describe.each(BLOG_PLACES)('deleted rows of a query, on %s', (_, open) => {
  let blog: Blog;
  let posts: TenantRepository<Post>;
  const ids = { post: '', goneAuthor: '', gonePost: '' };

  beforeAll(async () => {
    blog = await open();
    posts = new TenantRepository(Post, blog.source);
    await asEditor(async () => {
      const authors = new TenantRepository(Author, blog.source);
      const comments = new TenantRepository(Comment, blog.source);
      const author = await authors.save({ name: 'Ann' });
      const post = await posts.save({ title: 'Here', author });
      const gone = await posts.save({ title: 'Gone', author });
      await comments.save({ text: 'Here', post });
      const comment = await comments.save({ text: 'Gone', post });
      const below = await comments.save({ text: 'Below', post: gone });
      await comments.softDelete([comment.id, below.id]);
      await posts.softDelete(gone.id);
      await authors.softDelete(author.id);
      Object.assign(ids, { post: post.id, gonePost: gone.id, goneAuthor: author.id });
    });
  });
  afterAll(() => blog.close());

  const withComments = () =>
    posts
      .createQueryBuilder('post')
      .leftJoinAndSelect('post.comments', 'comment')
      .orderBy('post.title')
      .addOrderBy('comment.text');
  const told = (rows: readonly Post[]) =>
    rows.map(({ title, comments }) => [title, comments.map((one) => one.text)]);

  it('S11: are shown by withDeleted before and after the joins', async () => {
    await asEditor(async () => {
      const before = posts
        .createQueryBuilder('post')
        .withDeleted()
        .leftJoinAndSelect('post.comments', 'comment')
        .orderBy('post.title')
        .addOrderBy('comment.text');
      const all = [
        ['Gone', ['Below']],
        ['Here', ['Gone', 'Here']],
      ];

      expect(told(await before.getMany())).toEqual(all);
      expect(told(await withComments().withDeleted().getMany())).toEqual(all);
      expect(told(await withComments().getMany())).toEqual([['Here', ['Here']]]);
    });
  });

  it('S12: are shown for one alias alone, wherever it is said', async () => {
    await asEditor(async () => {
      const ofComments = [['Here', ['Gone', 'Here']]];
      const ofPosts = [
        ['Gone', []],
        ['Here', ['Here']],
      ];
      const early = posts
        .createQueryBuilder('post')
        .withDeleted('comment')
        .leftJoinAndSelect('post.comments', 'comment')
        .orderBy('comment.text');

      expect(told(await early.getMany())).toEqual(ofComments);
      expect(told(await withComments().withDeleted('comment').getMany())).toEqual(ofComments);
      expect(told(await withComments().withDeleted('post').getMany())).toEqual(ofPosts);
    });
  });

  it('S12: are hidden for one alias alone', async () => {
    await asEditor(async () => {
      const some = withComments().withDeleted().withoutDeleted('comment');
      const living = withComments().withoutDeleted('post').withDeleted();

      expect(told(await some.getMany())).toEqual([
        ['Gone', []],
        ['Here', ['Here']],
      ]);
      expect(told(await living.getMany())).toEqual([['Here', ['Gone', 'Here']]]);
    });
  });

  it('S12: are counted, paged and looked for as they are read', async () => {
    await asEditor(async () => {
      const query = withComments().withDeleted('post').withDeleted('comment');

      await expect(query.getCount()).resolves.toBe(2);
      expect(told(await query.clone().take(1).getMany())).toEqual([['Gone', ['Below']]]);
      const [page, total] = await query.clone().skip(1).take(1).getManyAndCount();
      expect([told(page), total]).toEqual([[['Here', ['Gone', 'Here']]], 2]);
      const gone = query.clone().where('comment.text = :text', { text: 'Below' });
      await expect(gone.getExists()).resolves.toBe(true);
      await expect(gone.withoutDeleted('post').getExists()).resolves.toBe(false);
    });
  });

  it('S12: are shown for the relations that options name', async () => {
    await asEditor(async () => {
      for (const relationLoadStrategy of ['join', 'query'] as const) {
        const relations = { comments: { post: true }, author: true } as const;
        const order = { title: 'ASC', comments: { text: 'ASC' } } as const;
        const read = (deleted: object) =>
          posts.find({ relations, order, relationLoadStrategy, deleted });

        const comments = await read({ relations: { comments: 'with', author: 'without' } });
        const rows = await read({ rows: 'only', relations: { 'comments.post': 'without' } });
        const both = await read({
          rows: 'only',
          relations: { comments: 'only', 'comments.post': 'without' },
        });

        expect(told(comments)).toEqual([['Here', ['Gone', 'Here']]]);
        expect(comments[0]).toMatchObject({ author: undefined, authorId: ids.goneAuthor });
        expect(told(rows)).toEqual([['Gone', []]]);
        expect(rows[0]?.author).toMatchObject({ name: 'Ann', deletedAt: expect.any(Date) });
        expect(told(both)).toEqual([['Gone', ['Below']]]);
        expect(both[0]?.comments[0]).toMatchObject({ post: undefined, postId: ids.gonePost });
      }
    });
  });

  it('S12: are shown for rows and relations by a word alone', async () => {
    await asEditor(async () => {
      for (const relationLoadStrategy of ['join', 'query'] as const) {
        const relations = { comments: true } as const;
        const order = { title: 'ASC', comments: { text: 'ASC' } } as const;
        const options = { relations, order, relationLoadStrategy };

        expect(told(await posts.find({ ...options, deleted: 'with' }))).toEqual([
          ['Gone', ['Below']],
          ['Here', ['Gone', 'Here']],
        ]);
        expect(told(await posts.find({ ...options, deleted: 'only' }))).toEqual([
          ['Gone', ['Below']],
        ]);
        expect(told(await posts.find({ ...options, deleted: 'without' }))).toEqual([
          ['Here', ['Here']],
        ]);
      }
    });
  });

  it('S12: are among the ids of relations only where it is said', async () => {
    await asEditor(async () => {
      const read = async (deleted: object) => {
        const loadRelationIds = { relations: ['comments'] };
        const [post] = await posts.find({ where: { id: ids.post }, loadRelationIds, ...deleted });
        return post?.comments.length;
      };

      await expect(read({})).resolves.toBe(1);
      await expect(read({ deleted: { relations: { comments: 'with' } } })).resolves.toBe(2);
      await expect(read({ deleted: { relations: { comments: 'only' } } })).resolves.toBe(1);
      await expect(read({ deleted: 'with' })).resolves.toBe(2);
    });
  });

  it('S14: do not hide the posts that are asked for by them', async () => {
    await asEditor(async () => {
      const where = { author: { name: 'Ann' } };
      const living = { deleted: { relations: { author: 'without' } } } as const;

      await expect(posts.findBy(where)).resolves.toMatchObject([{ id: ids.post }]);
      await expect(posts.count({ where })).resolves.toBe(1);
      await expect(posts.exists({ where })).resolves.toBe(true);
      await expect(posts.find({ where, ...living })).resolves.toEqual([]);
      await expect(posts.count({ where, ...living })).resolves.toBe(0);
      await expect(posts.exists({ where, ...living })).resolves.toBe(false);
      await expect(posts.findPage({ where, ...living })).resolves.toMatchObject({ items: [] });
      await expect(posts.findAndCountPage({ where, ...living })).resolves.toMatchObject({
        total: 0,
      });
    });
  });

  it('take part in a sub-query only where that says so', async () => {
    await asEditor(async () => {
      const read = (show: boolean) => {
        const query = posts.createQueryBuilder('post');
        const inner = query
          .subQuery()
          .select('comment.postId')
          .from(Comment, 'comment')
          .where("comment.text = 'Gone'");
        if (show) inner.withDeleted();
        return query.where(`post.id IN ${inner.getQuery()}`).withDeleted().getCount();
      };

      await expect(read(false)).resolves.toBe(0);
      await expect(read(true)).resolves.toBe(1);
    });
  });

  it('are hidden in each table that a query starts from', async () => {
    await asEditor(async () => {
      const query = posts.createQueryBuilder('post');
      query.addFrom(Comment, 'comment').where('post.id = comment.postId');

      await expect(query.getRawMany()).resolves.toHaveLength(1);
      await expect(query.withDeleted('comment').getRawMany()).resolves.toHaveLength(2);
    });
  });

  it('keep a condition of a join together that says or', async () => {
    await asEditor(async () => {
      const query = posts
        .createQueryBuilder('post')
        .leftJoinAndSelect(
          'post.comments',
          'comment',
          "comment.text = 'Gone' OR comment.text = 'x'",
        );

      expect(told(await query.getMany())).toEqual([['Here', []]]);
    });
  });

  it('cost no statement', async () => {
    await asEditor(async () => {
      const relations = { author: true, comments: true } as const;
      const deleted = { relations: { author: 'without', comments: 'with' } } as const;

      const statements = await textsSentBy(() => posts.find({ relations, deleted }));
      const pages = await textsSentBy(() => posts.findPage({ relations, deleted }));
      const queried = await textsSentBy(() =>
        posts.find({ relations, deleted, relationLoadStrategy: 'query' }),
      );
      const untold = await textsSentBy(() =>
        posts.find({ relations, relationLoadStrategy: 'query' }),
      );

      expect([statements.length, pages.length]).toEqual([1, 2]);
      expect(queried.length).toBeLessThanOrEqual(untold.length);
    });
  });

  const bad: readonly (readonly [string, object, RegExp])[] = [
    ['an unknown word', { deleted: 'all' }, /'with', 'only' or 'without'/],
    ['a number', { deleted: 1 }, /'with', 'only' or 'without'/],
    ['null', { deleted: null }, /'with', 'only' or 'without'/],
    ['a list', { deleted: ['with'] }, /'with', 'only' or 'without'/],
    ['an unknown part', { deleted: { row: 'with' } }, /deleted\.row .*\{ rows, relations \}/],
    ['an unknown word for the rows', { deleted: { rows: true } }, /deleted\.rows/],
    ['no object of relations', { deleted: { relations: 'comments' } }, /comments\.author/],
    [
      'an unknown word for a relation',
      { relations: { comments: true }, deleted: { relations: { comments: 'all' } } },
      /deleted\.relations\.comments/,
    ],
    [
      'an unknown relation',
      { deleted: { relations: { remarks: 'with' } } },
      /no relation remarks; Name one of: author, comments|no relation remarks.*author, comments/,
    ],
    [
      'an unknown relation of a relation',
      { relations: { comments: true }, deleted: { relations: { 'comments.remarks': 'with' } } },
      /Comment has no relation remarks.*post/,
    ],
    [
      'a relation that is not loaded',
      { deleted: { relations: { comments: 'with' } } },
      /not loaded.*relations/,
    ],
    [
      'a relation that is left out',
      { relations: { comments: false }, deleted: { relations: { comments: 'with' } } },
      /not loaded/,
    ],
    ['no word for includeDeleted', { includeDeleted: 'yes' }, /true or false/],
  ];

  it.each(bad)('are not asked for by %s', async (_name, options, message) => {
    await asEditor(async () => {
      for (const read of [
        () => posts.find(options),
        () => posts.findOne({ ...options, where: { id: ids.post } }),
        () => posts.findById(ids.post, options),
        () => posts.findAndCount(options),
        () => posts.count(options),
        () => posts.exists(options),
        () => posts.findPage(options),
        () => posts.findAndCountPage(options),
      ]) {
        const sent = await textsSentBy(async () => {
          const refused = expect(read()).rejects;
          await refused.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
        });
        await expect(read()).rejects.toThrow(message);
        expect(sent).toEqual([]);
      }
    });
  });

  it('are not asked for by an alias that the query has not', async () => {
    await asEditor(async () => {
      await expect(withComments().withDeleted('remark').getMany()).rejects.toThrow(
        /no alias remark.*post, comment/,
      );
      await expect(withComments().withoutDeleted('remark').getCount()).rejects.toBeInstanceOf(
        InvalidInputError,
      );
      for (const alias of ['', 7, null, {}] as never[]) {
        expect(() => withComments().withDeleted(alias)).toThrow(InvalidInputError);
        expect(() => withComments().withoutDeleted(alias)).toThrow(InvalidInputError);
      }
      expect(() => withComments().withoutDeleted(undefined as never)).toThrow(InvalidInputError);
    });
  });
});
