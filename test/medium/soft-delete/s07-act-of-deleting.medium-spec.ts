import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ActResult,
  InvalidInputError,
  RowReferencedError,
  TenantContext,
  TenantRepository,
} from 'nestjs-rowguard';
import { In, IsNull, Like } from 'typeorm';
import { caught } from '../../support/caught.js';
import {
  BLOG_PLACES,
  Author,
  type Blog,
  Comment,
  Post,
  asEditor,
} from '../../support/soft-delete/blog.js';
import {
  Branch,
  FOREST,
  Leaf,
  Nest,
  type OpenSource,
  Swing,
  openWith,
} from '../../support/soft-delete/forest.js';
import { PlainComment, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { sentBy, withoutTransaction } from '../../support/sent-statements.js';

it('S7: plain TypeORM leaves the comments of a deleted post living, unless they were loaded', async () => {
  const { source, close } = await openPlainBlog();
  const post = await source.manager.save(PlainPost, {
    title: 'P',
    comments: [{ text: 'one' }, { text: 'two' }],
  });

  await source.manager.softRemove(await source.manager.findOneByOrFail(PlainPost, { id: post.id }));

  expect(await source.manager.countBy(PlainComment, {})).toBe(2);
  await close();
});

describe.each(BLOG_PLACES)('S7: deleting a post on %s', (_place, open) => {
  let blog: Blog;
  beforeAll(async () => {
    blog = await open();
  });
  afterAll(() => blog.close());

  const newPost = (title = 'P') =>
    asEditor(async () => {
      const post = await blog.source.manager.save(Post, { title });
      await blog.source.manager.save(Comment, [
        { text: 'one', postId: post.id },
        { text: 'two', postId: post.id },
      ]);
      return post;
    });
  const comments = (postId: string) =>
    asEditor(() => blog.source.manager.countBy(Comment, { postId }));

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['softDelete of a TypeORM repository', (id) => blog.source.getRepository(Post).softDelete(id)],
    ['softDelete of the manager', (id) => blog.source.manager.softDelete(Post, { id })],
    [
      'a query builder',
      (id) => blog.source.createQueryBuilder().softDelete().from(Post).where({ id }).execute(),
    ],
    [
      'softRemove',
      async (id) =>
        blog.source.manager.softRemove(await blog.source.manager.findOneByOrFail(Post, { id })),
    ],
    ['delete of a TenantRepository', (id) => new TenantRepository(Post, blog.source).delete(id)],
    [
      'remove of a TenantRepository',
      async (id) => {
        const posts = new TenantRepository(Post, blog.source);
        return posts.remove(await posts.getById(id));
      },
    ],
  ])('takes the comments along, by %s, in one act', async (_way, remove) => {
    const [post, other] = [await newPost(), await newPost()];

    await asEditor(() => remove(post.id));

    expect([await comments(post.id), await comments(other.id)]).toEqual([0, 2]);
    const rows = await asEditor(() =>
      blog.source.query<{ delete_batch: string; deleted_by: string; deleted_at: Date }[]>(
        `select delete_batch, deleted_by, deleted_at from posts where id = $1
         union select delete_batch, deleted_by, deleted_at from comments where post_id = $1`,
        [post.id],
      ),
    );
    expect(rows).toEqual([
      { delete_batch: expect.any(String), deleted_by: 'editor', deleted_at: expect.any(Date) },
    ]);
  });

  it.each<[string, (posts: TenantRepository<Post>, post: Post) => Promise<unknown>]>([
    ['softDelete', (posts, { id }) => posts.softDelete(id, { reasno: 'spam' } as never)],
    ['delete', (posts, { id }) => posts.delete(id, { reasno: 'spam' } as never)],
    ['remove', (posts, post) => posts.remove(post, { reasno: 'spam' } as never)],
    ['restore', (posts, { id }) => posts.restore(id, { withParent: true } as never)],
    ['restoreBatch', (posts, { id }) => posts.restoreBatch(id, { withParent: true } as never)],
  ])('refuses a word that is misspelt, and does nothing: %s', async (_verb, call) => {
    const post = await newPost();
    const posts = new TenantRepository(Post, blog.source);

    const error = await asEditor(() => caught(call(posts, post)));

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error).toMatchObject({ message: expect.stringMatching(/has no (?:reasno|withParent)/) });
    expect(await comments(post.id)).toBe(2);
  });

  it('keeps the reason with each row, and answers with the act and its counts', async () => {
    const post = await newPost();
    const posts = new TenantRepository(Post, blog.source);

    const deleted = await asEditor(() => posts.softDelete(post.id, { reason: 'spam' }));

    expect(deleted).toMatchObject({ affected: 1, counts: { Post: 1, Comment: 2 } });
    const gone = await asEditor(() =>
      new TenantRepository(Comment, blog.source).find({
        where: { postId: post.id },
        deleted: 'only',
      }),
    );
    expect(gone.map((one) => [one.deleteReason, one.deleteBatch])).toEqual([
      ['spam', deleted.batch],
      ['spam', deleted.batch],
    ]);
  });

  it('deletes nothing a second time, and begins no act', async () => {
    const post = await newPost();
    const posts = new TenantRepository(Post, blog.source);
    const { batch } = await asEditor(() => posts.softDelete(post.id));

    const again = await asEditor(() => posts.softDelete(post.id));

    expect(again).toMatchObject({ affected: 0, counts: {}, batch: undefined });
    const row = await asEditor(() => posts.getById(post.id, { deleted: 'with' }));
    expect(row.deleteBatch).toBe(batch);
  });

  it('tells a loaded entity, and the loaded rows below it, that they are deleted', async () => {
    const post = await newPost();
    const loaded = await asEditor(() =>
      blog.source.manager.findOneOrFail(Post, {
        where: { id: post.id },
        relations: { comments: true },
      }),
    );

    await asEditor(() => blog.source.manager.softRemove(loaded));

    expect(loaded.deletedAt).toBeInstanceOf(Date);
    expect(await comments(post.id)).toBe(0);
  });

  it('leaves the posts of a deleted author, whose reference says nothing', async () => {
    const author = await asEditor(() => blog.source.manager.save(Author, { name: 'A' }));
    const post = await newPost();
    await asEditor(() =>
      blog.source.manager.update(Post, { id: post.id }, { authorId: author.id }),
    );

    await asEditor(() => blog.source.manager.softDelete(Author, author.id));

    await expect(
      asEditor(() => blog.source.manager.countBy(Post, { id: post.id, authorId: author.id })),
    ).resolves.toBe(1);
  });

  it('is undone with the transaction around it, and by itself if that goes on', async () => {
    const post = await newPost();
    const { manager } = blog.source;

    await asEditor(() =>
      manager.transaction(async () => {
        await manager.softDelete(Post, post.id);
        throw new Error('undone');
      }),
    ).catch(() => undefined);

    expect(await comments(post.id)).toBe(2);
  });

  it('S5: brackets what was asked for, and S6: sends a common table expression first', async () => {
    const [one, two] = [await newPost('s5'), await newPost('s5')];
    const deletion = () => blog.source.createQueryBuilder().softDelete().from(Post);
    const first = await asEditor(() => new TenantRepository(Post, blog.source).softDelete(one.id));

    await asEditor(() =>
      deletion()
        .where('id = :one', { one: one.id })
        .orWhere('id = :two', { two: two.id })
        .execute(),
    );

    const row = await asEditor(() =>
      new TenantRepository(Post, blog.source).getById(one.id, { deleted: 'with' }),
    );
    expect(row.deleteBatch).toBe(first.batch);
    const query = asEditor(async () =>
      deletion().addCommonTableExpression('SELECT 1', 'gone').where({ id: two.id }).getQuery(),
    );
    await expect(query).resolves.toMatch(/^WITH "gone" AS .*UPDATE "posts" SET/s);
  });

  it.each([[{ reason: '' }], [{ reason: 7 }], ['why'], [null]])(
    'refuses %j as options, before anything is sent',
    async (options) => {
      const post = await newPost();
      const posts = new TenantRepository(Post, blog.source);

      for (const verb of ['softDelete', 'delete'] as const) {
        await expect(asEditor(() => posts[verb](post.id, options as never))).rejects.toBeInstanceOf(
          InvalidInputError,
        );
      }
      expect(await comments(post.id)).toBe(2);
    },
  );
});

describe('S7: an act over several tables', () => {
  let forest: OpenSource;
  beforeAll(async () => {
    forest = await openWith(FOREST);
  });
  afterAll(() => forest.close());
  const manager = () => forest.source.manager;

  /** A branch with leaves, and a nest in each. */
  const newTree = (leaves = 2) =>
    asEditor(async () => {
      const root = await manager().save(Branch, { label: null });
      const child = await manager().save(Branch, { parentId: root.id });
      const made = await manager().save(
        Leaf,
        Array.from({ length: leaves }, () => ({ branchId: child.id })),
      );
      await manager().save(
        Nest,
        made.map(({ id }) => ({ leafId: id })),
      );
      return { root, child, leaves: made };
    });

  it('takes a statement or two for each level, and no row travels', async () => {
    const { root, leaves } = await newTree(200);

    const sent = await asEditor(() => sentBy(() => manager().softDelete(Branch, root.id)));

    expect(sent.reduce((sum, one) => sum + one.rows, 0)).toBe(0);
    expect(withoutTransaction(sent.map(({ sql }) => sql)).length).toBeLessThanOrEqual(2 * 5 + 1);
    const left = { leafId: In(leaves.map(({ id }) => id)) };
    await expect(asEditor(() => manager().countBy(Nest, left))).resolves.toBe(0);
  });

  it('stays linear: a hundred thousand rows below one go and come back in seconds', async () => {
    const root = await asEditor(() => manager().save(Branch, { label: null }));
    const fill = [
      'insert into branches (parent_id) select $1::uuid from generate_series(1, 100)',
      'insert into leaves (branch_id) select id from branches, generate_series(1, 200) where parent_id = $1',
      `insert into nests (leaf_id) select l.id from leaves l join branches b on b.id = l.branch_id, generate_series(1, 4)
        where b.parent_id = $1`,
    ];
    for (const sql of fill) await asEditor(() => forest.source.query(sql, [root.id]));
    const rows = new TenantRepository(Branch, forest.source);

    const deleted = await asEditor(() => rows.softDelete(root.id));
    const restored = await asEditor(() => rows.restore(root.id));

    expect(deleted.counts).toEqual({ Branch: 101, Leaf: 20_000, Nest: 80_000 });
    expect(restored.counts).toEqual(deleted.counts);
  });

  it('is one statement, and no transaction, where nothing can go along', async () => {
    const swing = await asEditor(() => manager().save(Swing, { leafId: null }));

    const sent = await asEditor(() => sentBy(() => manager().softDelete(Swing, swing.id)));

    expect(sent.map(({ sql }) => sql.slice(0, 6))).toEqual(['UPDATE']);
  });

  it('follows references that run in a circle, and ends', async () => {
    const { root, leaves } = await newTree();
    const nest = await asEditor(() =>
      manager().findOneByOrFail(Nest, { leafId: String(leaves[0]?.id) }),
    );
    await asEditor(() => manager().update(Branch, { id: root.id }, { nestId: nest.id }));

    const deleted = await asEditor(() => manager().softDelete(Nest, nest.id) as Promise<ActResult>);

    expect(deleted.counts).toEqual({ Nest: 2, Branch: 2, Leaf: 2 });
  });

  it('is refused, and undone, where a living row of the policy restrict is in its way', async () => {
    const { root, child } = await newTree();
    const swing = await asEditor(() => manager().save(Swing, { branchId: child.id }));

    const attempt = asEditor(() => manager().softDelete(Branch, root.id));

    await expect(attempt).rejects.toBeInstanceOf(RowReferencedError);
    await expect(attempt).rejects.toThrow(/living Swing still refers to the Branch by branch/);
    await expect(asEditor(() => manager().countBy(Branch, { id: root.id }))).resolves.toBe(1);
    await asEditor(() => manager().softDelete(Swing, swing.id));
    await expect(asEditor(() => manager().softDelete(Branch, root.id))).resolves.toMatchObject({
      affected: 1,
    });
  });

  it('is refused as well where TypeORM goes through loaded entities', async () => {
    const { root, child } = await newTree();
    await asEditor(() => manager().save(Swing, { branchId: child.id }));
    const loaded = await asEditor(() => manager().findOneByOrFail(Branch, { id: root.id }));

    const attempt = asEditor(() => manager().softRemove(loaded));

    await expect(attempt).rejects.toBeInstanceOf(RowReferencedError);
    await expect(asEditor(() => manager().countBy(Branch, { id: root.id }))).resolves.toBe(1);
  });

  it('is looked over at its end: what is in the way may go in the same act', async () => {
    const { root, child } = await newTree();
    const swing = await asEditor(() => manager().save(Swing, { branchId: child.id }));
    const [loadedRoot, loadedSwing] = await asEditor(async () => [
      await manager().findOneByOrFail(Branch, { id: root.id }),
      await manager().findOneByOrFail(Swing, { id: swing.id }),
    ]);

    await asEditor(() => manager().softRemove([loadedRoot, loadedSwing] as never));

    const batches = await asEditor(() =>
      forest.source.query<{ delete_batch: string }[]>(
        'select delete_batch from branches where id = $1 union select delete_batch from swings where id = $2',
        [root.id, swing.id],
      ),
    );
    expect(batches).toHaveLength(1);
  });

  it('lets go of a deleted row where the reference says setNull', async () => {
    const { leaves } = await newTree();
    const leafId = String(leaves[0]?.id);
    const swing = await asEditor(() => manager().save(Swing, { leafId }));

    await asEditor(() => manager().softDelete(Leaf, leafId));

    await expect(
      asEditor(() => manager().findOneByOrFail(Swing, { id: swing.id })),
    ).resolves.toMatchObject({ leafId: null, deletedAt: null });
  });

  it('lets no other row go of what it names, and no deleted one', async () => {
    const { leaves } = await newTree();
    const [leafId, otherId] = leaves.map((one) => one.id) as [string, string];
    const [other, gone] = await asEditor(async () => [
      await manager().save(Swing, { leafId: otherId }),
      await manager().save(Swing, { leafId }),
    ]);
    await asEditor(() => manager().softDelete(Swing, gone.id));

    await asEditor(() => manager().softDelete(Leaf, leafId));

    const named = (id: string) =>
      asEditor(() => manager().findOneOrFail(Swing, { where: { id }, withDeleted: true }));
    expect((await named(other.id)).leafId).toBe(otherId);
    expect((await named(gone.id)).leafId).toBe(leafId);
  });

  it('reaches no row of another tenant, whatever refers to what', async () => {
    const { root } = await newTree();
    const other = '0190d000-0000-7000-8000-00000000000d';

    const deleted = await TenantContext.run({ tenantId: other }, () =>
      manager().softDelete(Branch, [{ label: IsNull() }, { label: Like('%') }]),
    );

    expect(deleted.affected).toBe(0);
    await expect(asEditor(() => manager().countBy(Branch, { id: root.id }))).resolves.toBe(1);
  });
});
