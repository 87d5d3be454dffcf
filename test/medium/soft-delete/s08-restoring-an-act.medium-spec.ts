import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DeletedRows,
  InvalidInputError,
  RestoreConflictError,
  RowNotFoundError,
  TenantContext,
  TenantRepository,
  TransitionRefusedError,
  isUniqueViolation,
} from 'nestjs-rowguard';
import { BLOG_PLACES, type Blog, Comment, Post, asEditor } from '../../support/soft-delete/blog.js';
import {
  Branch,
  FOREST,
  Leaf,
  Nest,
  type OpenSource,
  openWith,
} from '../../support/soft-delete/forest.js';
import { PlainComment, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { caught } from '../../support/caught.js';

describe('plain TypeORM, recovering a post', () => {
  it('S8: brings back the comment that was deleted before; S9: brings back none that is not loaded', async () => {
    const { source, close } = await openPlainBlog();
    const { manager } = source;
    const post = await manager.save(PlainPost, {
      title: 'P',
      comments: [{ text: 'before' }, { text: 'with' }],
    });
    const living = () => manager.countBy(PlainComment, {});
    await manager.softDelete(PlainComment, { text: 'before' });
    const loaded = () =>
      manager.findOneOrFail(PlainPost, {
        where: { id: post.id },
        relations: { comments: true },
        withDeleted: true,
      });
    await manager.softRemove(await loaded());

    await manager.recover(PlainPost, { id: post.id });
    const afterBare = await living();
    await manager.softRemove(await loaded());
    await manager.recover(await loaded());

    expect([afterBare, await living()]).toEqual([0, 2]);
    await close();
  });
});

describe.each(BLOG_PLACES)('restoring a post on %s', (_place, open) => {
  let blog: Blog;
  let posts: TenantRepository<Post>;
  beforeAll(async () => {
    blog = await open();
    posts = new TenantRepository(Post, blog.source);
  });
  afterAll(() => blog.close());

  const newPost = (slug: string | null = null) =>
    asEditor(async () => {
      const post = await blog.source.manager.save(Post, { title: 'P', slug });
      await blog.source.manager.save(Comment, [
        { text: 'before', postId: post.id },
        { text: 'with', postId: post.id },
      ]);
      return post;
    });
  const texts = async (postId: string) => {
    const found = await asEditor(() => blog.source.manager.findBy(Comment, { postId }));
    return found.map((one) => one.text);
  };

  it.each<[string, (id: string) => Promise<unknown>]>([
    ['restore of a TypeORM repository', (id) => blog.source.getRepository(Post).restore(id)],
    ['restore of a TenantRepository', (id) => posts.restore(id)],
    [
      'a query builder',
      (id) => blog.source.createQueryBuilder().restore().from(Post).where({ id }).execute(),
    ],
    ['S9: recover of a bare id', (id) => blog.source.manager.recover(Post, { id })],
    [
      'S8: recover of the loaded post with its comments',
      async (id) =>
        blog.source.manager.recover(
          await blog.source.manager.findOneOrFail(Post, {
            where: { id },
            relations: { comments: true },
            withDeleted: true,
          }),
        ),
    ],
  ])('S8, S9: brings back what went with it and nothing else, by %s', async (_way, restore) => {
    const post = await newPost();
    await asEditor(() =>
      blog.source.manager.softDelete(Comment, { postId: post.id, text: 'before' }),
    );
    await asEditor(() => posts.delete(post.id, { reason: 'spam' }));

    await asEditor(() => restore(post.id));

    expect(await texts(post.id)).toEqual(['with']);
    await expect(asEditor(() => posts.getById(post.id))).resolves.toMatchObject({
      deletedAt: null,
      deletedBy: null,
      deleteBatch: null,
      deleteReason: null,
    });
  });

  it('tells a recovered entity that it lives', async () => {
    const post = await newPost();
    const loaded = await asEditor(() => posts.getById(post.id));
    await asEditor(() => posts.softRemove(loaded));

    await asEditor(() => posts.recover(loaded));

    expect(loaded.deletedAt).toBeNull();
    expect(await texts(post.id)).toHaveLength(2);
  });

  it('answers with the act and its counts, and restores a whole act by its batch', async () => {
    const [one, two] = [await newPost(), await newPost()];
    const deleted = await asEditor(() => posts.delete([one.id, two.id]));

    const restored = await asEditor(() => posts.restoreBatch(String(deleted.batch)));

    expect(deleted.counts).toEqual({ Post: 2, Comment: 4 });
    expect(restored).toMatchObject({ batch: deleted.batch, counts: { Post: 2, Comment: 4 } });
  });

  it('names the living row that has the place of the deleted one, and restores nothing', async () => {
    const slug = `slug-${Math.random()}`;
    const post = await newPost(slug);
    await asEditor(() => posts.delete(post.id));
    const living = await newPost(slug);

    const error = (await caught(asEditor(() => posts.restore(post.id)))) as RestoreConflictError;

    expect(error).toBeInstanceOf(RestoreConflictError);
    expect(error.given).toEqual({ entity: 'Post', properties: ['slug'], id: living.id });
    expect(error.message).toMatch(/Change or delete the living Post/);
    expect(isUniqueViolation(error)).toBe(true);
    expect(await texts(post.id)).toEqual([]);
  });

  it('refuses a comment whose post is deleted, or brings the post back as well', async () => {
    const post = await newPost();
    const comments = new TenantRepository(Comment, blog.source);
    const [first] = await asEditor(() => comments.findBy({ postId: post.id }));
    const id = String(first?.id);
    await asEditor(() => comments.delete(id));
    await asEditor(() => posts.delete(post.id));

    const attempt = asEditor(() => comments.restore(id));

    await expect(attempt).rejects.toBeInstanceOf(TransitionRefusedError);
    await expect(attempt).rejects.toThrow(/Restore the Post.*withParents: true/);
    const restored = await asEditor(() => comments.restore(id, { withParents: true }));
    expect(restored.counts).toEqual({ Post: 1, Comment: 2 });
    expect(await texts(post.id)).toHaveLength(2);
  });

  it('refuses a comment that went with its post, and leaves the post deleted', async () => {
    const post = await newPost();
    const comments = new TenantRepository(Comment, blog.source);
    const [first] = await asEditor(() => comments.findBy({ postId: post.id }));
    const id = String(first?.id);
    await asEditor(() => posts.delete(post.id));

    const attempt = asEditor(() => comments.restore(id));

    await expect(attempt).rejects.toBeInstanceOf(TransitionRefusedError);
    expect(await asEditor(() => posts.findOneBy({ id: post.id }))).toBeNull();
    await asEditor(() => comments.restore(id, { withParents: true }));
    expect(await texts(post.id)).toHaveLength(2);
  });

  it('refuses what is no batch, and does not find one of another tenant', async () => {
    const post = await newPost();
    const { batch } = await asEditor(() => posts.delete(post.id));
    const other = { tenantId: '0190d000-0000-7000-8000-00000000000d' };

    for (const bad of ['', 'no batch', undefined, null, 7]) {
      await expect(asEditor(() => posts.restoreBatch(bad as never))).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    }
    await expect(
      TenantContext.run(other, () => posts.restoreBatch(String(batch))),
    ).rejects.toBeInstanceOf(RowNotFoundError);
    expect(await texts(post.id)).toEqual([]);
  });

  it.each([{ withParents: 'yes' }, { withParents: null }])(
    'restores nothing where the options are %j',
    async (options) => {
      const post = await newPost();
      const { batch } = await asEditor(() => posts.delete(post.id));

      for (const attempt of [
        () => posts.restore(post.id, options as never),
        () => posts.restoreBatch(String(batch), options as never),
      ])
        await expect(asEditor(attempt)).rejects.toBeInstanceOf(InvalidInputError);
      expect(await texts(post.id)).toEqual([]);
    },
  );

  it.each([
    { tenant: 'x' },
    { limit: 0 },
    { batch: 'no batch' },
    { after: 'nowhere' },
    { entity: 'Nobody' },
    null,
  ])('lists no acts where the question is %j', async (question) => {
    const deleted = new DeletedRows(blog.source);

    await expect(asEditor(() => deleted.acts(question as never))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('restores no row by options that are not known', async () => {
    const post = await newPost();
    const { batch } = await asEditor(() => posts.delete(post.id));
    const deleted = new DeletedRows(blog.source);
    const options = { withParent: true } as never;

    for (const attempt of [
      () => deleted.restore(String(batch), options),
      () => deleted.restoreRow(Post, post.id, options),
    ])
      await expect(asEditor(attempt)).rejects.toBeInstanceOf(InvalidInputError);
  });
});

describe('restoring what hangs on several others', () => {
  let forest: OpenSource;
  beforeAll(async () => {
    forest = await openWith(FOREST);
  });
  afterAll(() => forest.close());
  const manager = () => forest.source.manager;

  it('leaves a row deleted whose other owner was deleted since, now with that owner', async () => {
    const [one, two] = await asEditor(() =>
      manager().save(Branch, [{ label: null }, { label: null }]),
    );
    const [oneId, twoId] = [String(one?.id), String(two?.id)];
    const leaf = await asEditor(() => manager().save(Leaf, { branchId: oneId, shadeId: twoId }));
    const nest = await asEditor(() => manager().save(Nest, { leafId: leaf.id }));
    await asEditor(() => manager().softDelete(Branch, oneId));
    await asEditor(() => manager().softDelete(Branch, twoId));

    const living = () =>
      asEditor(async () => [
        await manager().countBy(Leaf, { id: leaf.id }),
        await manager().countBy(Nest, { id: nest.id }),
      ]);
    await asEditor(() => manager().restore(Branch, oneId));
    const afterOne = await living();
    await asEditor(() => manager().restore(Branch, twoId));

    expect([afterOne, await living()]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('reaches for the owners of owners, each with the act that deleted it', async () => {
    const top = await asEditor(() => manager().save(Branch, { label: null }));
    const middle = await asEditor(() => manager().save(Branch, { parentId: top.id }));
    const leaf = await asEditor(() => manager().save(Leaf, { branchId: middle.id }));
    await asEditor(() => manager().softDelete(Leaf, leaf.id));
    await asEditor(() => manager().softDelete(Branch, middle.id));
    await asEditor(() => manager().softDelete(Branch, top.id));
    const leaves = new TenantRepository(Leaf, forest.source);

    const { counts } = await asEditor(() => leaves.restore(leaf.id, { withParents: true }));

    expect(counts).toEqual({ Branch: 2, Leaf: 1 });
  });
});
