import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnerDeletedError, TransitionRefusedError, createDataSource } from 'nestjs-rowguard';
import type { Repository } from 'typeorm';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { httpProblem } from '../../../src/http/http-problem.js';
import { caught } from '../../support/caught.js';
import {
  BLOG,
  BLOG_PLACES,
  type Blog,
  Comment,
  Post,
  asEditor,
  openBlog,
} from '../../support/soft-delete/blog.js';
import {
  type PlainBlog,
  PlainComment,
  PlainPost,
  openPlainBlog,
} from '../../support/soft-delete/plain-blog.js';

const ROUNDS = 60;

describe('plain TypeORM, S13', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it('S13: writes a child below a deleted parent', async () => {
    const [posts, comments] = [
      blog.source.getRepository(PlainPost),
      blog.source.getRepository(PlainComment),
    ];
    const post = await posts.save({ title: 'gone' });
    await posts.softDelete(post.id);

    await comments.insert({ text: 'lost', post });

    expect(await comments.count()).toBe(1);
  });
});

describe.each(BLOG_PLACES)('S13: rows below a deleted owner, on %s', (_, open) => {
  let blog: Blog;
  let posts: Repository<Post>;
  let comments: Repository<Comment>;
  let gone: Post;
  let living: Post;

  beforeAll(async () => {
    blog = await open();
    posts = blog.source.getRepository(Post);
    comments = blog.source.getRepository(Comment);
  });
  afterAll(() => blog.close());

  beforeEach(async () => {
    gone = await asEditor(() => posts.save({ title: 'gone' }));
    living = await asEditor(() => posts.save({ title: 'living' }));
    await asEditor(() => posts.softDelete(gone.id));
  });

  const query = (sql: string, values: unknown[]) => asEditor(() => blog.source.query(sql, values));

  it.each<[string, () => Promise<unknown>]>([
    ['insert()', () => comments.insert({ text: 'x', postId: gone.id })],
    ['save()', () => comments.save({ text: 'x', post: gone })],
    [
      'many at once',
      () =>
        comments.insert([
          { text: 'x', postId: living.id },
          { text: 'y', postId: gone.id },
        ]),
    ],
    [
      'a change of the reference',
      async () => {
        const { id } = await comments.save({ text: 'x', postId: living.id });
        await comments.update(id, { postId: gone.id });
      },
    ],
    [
      'raw SQL',
      () => query('insert into comments (text, post_id) values ($1, $2)', ['x', gone.id]),
    ],
    [
      'a row that is brought back past the module',
      async () => {
        const { id } = await comments.save({ text: 'x', postId: living.id });
        await comments.softDelete(id);
        await posts.softDelete(living.id);
        await query('update comments set deleted_at = null, delete_batch = null where id = $1', [
          id,
        ]);
      },
    ],
  ])('refuses %s', async (_way, write) => {
    const error = await caught(asEditor(write));

    expect(error).toBeInstanceOf(OwnerDeletedError);
    expect(error).toMatchObject({
      code: 'ROWGUARD_OWNER_DELETED',
      given: { entity: 'Comment', reference: 'post', owner: 'Post' },
    });
    expect(httpProblem(error as OwnerDeletedError)).toMatchObject({ status: 409 });
    expect(await asEditor(() => comments.countBy({ postId: gone.id }))).toBe(0);
  });

  it('lets rows be written that are deleted themselves, or name an owner they can do without', async () => {
    const { id } = await asEditor(() => comments.save({ text: 'x', postId: living.id }));
    await asEditor(() => posts.softDelete(living.id));
    await asEditor(() => comments.update(id, { text: 'y' }, { deleted: 'with' } as never));
    const authors = await asEditor(async () => {
      const author = await blog.source.getRepository('Author').save({ name: 'gone' });
      await blog.source.getRepository('Author').softDelete(author['id'] as string);
      return posts.save({ title: 'still theirs', authorId: author['id'] as string });
    });

    await asEditor(() => posts.restore(living.id));

    expect(authors.id).toBeDefined();
    expect(await asEditor(() => comments.findOneBy({ id }))).toMatchObject({ text: 'y' });
  });

  it('is put right at the start, and named by an inspection', async () => {
    const sql = (text: string) => runAsOwner('a test', () => blog.source.query<unknown[]>(text));
    const [trigger] = (await sql(
      `select tgname as name from pg_trigger where tgrelid = 'comments'::regclass and tgname like 'rowguard_owner_insert%'`,
    )) as { name: string }[];
    await sql(`drop trigger "${trigger?.name ?? ''}" on comments`);
    const ofOwners = async () =>
      (await blog.source.inspect()).findings.filter((one) => one.rule === 'owner-trigger');
    const findings = await ofOwners();
    for (const statement of findings.flatMap((one) => one.mend)) await sql(statement);

    expect(findings.map((one) => one.subject)).toEqual(['public.comments']);
    expect(await ofOwners()).toEqual([]);
    const error = await caught(asEditor(() => comments.insert({ text: 'x', postId: gone.id })));
    expect(error).toBeInstanceOf(OwnerDeletedError);
  });
});

describe('S13: a deletion and a child that is written at the same time', () => {
  it('never leave a living child below a deleted parent', async () => {
    const blog = await openBlog({ pool: { max: 4 } });
    const posts = blog.source.getRepository(Post);
    const comments = blog.source.getRepository(Comment);
    const outcomes = { written: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await asEditor(() => posts.save({ title: `n${round}` }));
      const writes = [1, 2].map((nr) =>
        asEditor(() => comments.insert({ text: `n${nr}`, postId: id })).then(
          () => outcomes.written++,
          (error: unknown) => {
            if (!(error instanceof OwnerDeletedError)) throw error;
            outcomes.refused++;
          },
        ),
      );
      await Promise.all([...writes, asEditor(() => posts.softDelete(id))]);
    }
    const left = await asEditor(() => comments.count());
    await blog.close();

    expect(left).toBe(0);
    expect(outcomes.written + outcomes.refused).toBe(ROUNDS * 2);
  });

  it('leave no child living that is restored meanwhile', async () => {
    const blog = await openBlog({ pool: { max: 4 } });
    const posts = blog.source.getRepository(Post);
    const comments = blog.source.getRepository(Comment);
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await asEditor(() => posts.save({ title: `n${round}` }));
      const comment = await asEditor(() => comments.save({ text: 'back', postId: id }));
      await asEditor(() => comments.softDelete(comment.id));
      await Promise.all([
        asEditor(() => comments.restore(comment.id)).catch((error: unknown) => {
          const isRefused =
            error instanceof OwnerDeletedError || error instanceof TransitionRefusedError;
          if (!isRefused) throw error;
        }),
        asEditor(() => posts.softDelete(id)),
      ]);
    }
    const left = await asEditor(() => comments.count());
    await blog.close();

    expect(left).toBe(0);
  });

  it('are left to themselves where the triggers are switched off', async () => {
    const blog = await openBlog();
    const url = blog.database?.url ?? '';
    const without = createDataSource({ url, entities: BLOG, softDelete: { ownerTriggers: false } });
    await without.initialize();
    const posts = without.getRepository(Post);
    const post = await asEditor(() => posts.save({ title: 'gone' }));
    await asEditor(() => posts.softDelete(post.id));
    await asEditor(() => without.getRepository(Comment).insert({ text: 'x', postId: post.id }));
    const [left] = await runAsOwner('a test', () =>
      without.query<{ n: number }[]>(
        `select count(*)::int as n from pg_proc where starts_with(proname, 'rowguard_owner')`,
      ),
    );
    await without.destroy();
    await blog.close();

    expect(left?.n).toBe(0);
  });
});
