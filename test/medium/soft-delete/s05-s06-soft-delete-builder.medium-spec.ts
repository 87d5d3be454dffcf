import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  InvalidInputError,
  StatementRefusedError,
  TenantContext,
  TenantRepository,
  getSqlState,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { BLOG_PLACES, type Blog, Post, asEditor } from '../../support/soft-delete/blog.js';
import { type PlainBlog, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { ownTextsSentBy } from '../../support/sent-statements.js';

const SYNTAX_ERROR = '42601';
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

describe('S5 and S6: plain TypeORM and the builder of soft deletes', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it('S5: deletes a row again that an alternative names', async () => {
    const posts = blog.source.getRepository(PlainPost);
    const [gone, other] = await posts.save([
      { title: 'gone', deletedAt: LONG_AGO },
      { title: 'b' },
    ]);

    await posts
      .createQueryBuilder()
      .softDelete()
      .where({ id: gone?.id })
      .orWhere({ id: other?.id })
      .execute();

    const again = await posts.findOneOrFail({ where: { id: gone?.id ?? '' }, withDeleted: true });
    expect(again.deletedAt).not.toEqual(LONG_AGO);
  });

  it('S6: writes a common table expression to where it cannot be read', async () => {
    const deletion = blog.source
      .createQueryBuilder()
      .softDelete()
      .from(PlainPost)
      .addCommonTableExpression('SELECT 0 AS n', 'zero')
      .where('views IN (SELECT n FROM zero)');

    expect(getSqlState(await caught(deletion.execute()))).toBe(SYNTAX_ERROR);
  });
});

describe.each(BLOG_PLACES)('the builder of soft deletes, on %s', (_where, open) => {
  let blog: Blog;
  let posts: TenantRepository<Post>;
  let gone: string;
  let living: string;
  const deletedAt = async (id: string) =>
    (await asEditor(() => posts.getById(id, { deleted: 'with' }))).deletedAt;

  beforeAll(async () => {
    blog = await open();
    posts = new TenantRepository(Post, blog.source);
  });
  afterAll(() => blog.close());
  beforeEach(async () => {
    await TenantContext.runAsSystem('test data', () => posts.deleteAll());
    const [one, other] = await asEditor(() =>
      posts.insertMany([{ title: 'gone', deletedAt: LONG_AGO }, { title: 'living' }]),
    );
    gone = one?.id ?? '';
    living = other?.id ?? '';
  });

  it('S5: deletes what lives, whichever alternative names it', async () => {
    await asEditor(() =>
      posts
        .createQueryBuilder()
        .softDelete()
        .where({ id: gone })
        .orWhere({ id: living })
        .orWhere('views = 0')
        .execute(),
    );

    await expect(deletedAt(gone)).resolves.toEqual(LONG_AGO);
    await expect(deletedAt(living)).resolves.toBeInstanceOf(Date);
  });

  it('S5: restores what is deleted, whichever alternative names it', async () => {
    const { affected } = await asEditor(() =>
      posts.createQueryBuilder().restore().where({ id: gone }).orWhere({ id: living }).execute(),
    );

    expect(affected).toBe(1);
    await expect(deletedAt(gone)).resolves.toBeNull();
  });

  it('S5: adds its condition once, however often the statement is built', async () => {
    const deletion = posts
      .createQueryBuilder()
      .softDelete()
      .where('views = 0')
      .orWhere('views = 1');

    const built = await asEditor(async () => [deletion.getQuery(), deletion.getQuery()]);

    expect(built[1]).toBe(built[0]);
    expect(built[0]?.match(/"deleted_at" IS NULL/g)).toHaveLength(1);
  });

  it.each<['softDelete' | 'restore', () => string]>([
    ['softDelete', () => living],
    ['restore', () => gone],
  ])('S6: reads a common table expression: %s', async (verb, id) => {
    const act = () => {
      const chosen = posts.createQueryBuilder('chosen').withDeleted().select('chosen.id', 'id');
      const builder = posts.createQueryBuilder();
      return (verb === 'restore' ? builder.restore() : builder.softDelete())
        .addCommonTableExpression(chosen.where({ id: id() }), 'chosen')
        .where('id IN (SELECT id FROM chosen)')
        .execute();
    };

    await asEditor(act);

    const before = verb === 'restore' ? null : expect.any(Date);
    await expect(deletedAt(id())).resolves.toEqual(before);
  });

  it.each<[string, () => { execute(): Promise<unknown> }]>([
    ['updates', () => posts.createQueryBuilder().update().set({ views: 1 })],
    ['deletes', () => posts.createQueryBuilder().delete()],
  ])('reads alternatives and a common table expression of %s as well', async (_, make) => {
    const builder = make() as ReturnType<ReturnType<typeof posts.createQueryBuilder>['delete']>;

    const { affected } = await asEditor(() =>
      builder
        .addCommonTableExpression('SELECT 0 AS n', 'zero')
        .where({ id: living })
        .orWhere('views IN (SELECT n FROM zero) AND title = :title', { title: 'living' })
        .execute(),
    );

    expect(affected).toBe(1);
  });

  it.each<[string, () => { execute(): Promise<unknown> }]>([
    ['an empty condition', () => posts.createQueryBuilder().softDelete().where({})],
    ['an empty condition to restore', () => posts.createQueryBuilder().restore().where({})],
    [
      'a condition on a relation that says nothing',
      () => posts.createQueryBuilder().softDelete().where({ author: {} }),
    ],
    [
      'a property that there is not',
      () =>
        posts
          .createQueryBuilder()
          .softDelete()
          .where({ nothing: 1 } as never),
    ],
  ])('refuses %s, which would reach every row, and sends nothing', async (_, make) => {
    let error: unknown;
    const statements = await ownTextsSentBy(async () => {
      error = await caught(asEditor(async () => make().execute()));
    });

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(statements).toEqual([]);
  });

  it('refuses a condition that closes a bracket that is not its own', async () => {
    const deletion = () =>
      posts.createQueryBuilder().softDelete().where('views = 0) OR (1 = 1').execute();

    await expect(caught(asEditor(deletion))).resolves.toBeInstanceOf(StatementRefusedError);
  });
});
