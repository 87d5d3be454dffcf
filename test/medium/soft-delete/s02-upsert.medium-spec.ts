import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DeletedRowConflictError,
  InvalidInputError,
  TenantContext,
  TenantRepository,
  httpProblem,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { BLOG, BLOG_PLACES, type Blog, asEditor } from '../../support/soft-delete/blog.js';
import { type PlainBlog, PlainPost, openPlainBlog } from '../../support/soft-delete/plain-blog.js';
import { ownTextsSentBy } from '../../support/sent-statements.js';
import { STOCK, Station, Ticket } from '../../support/soft-delete/stock.js';

describe('S2: plain TypeORM and an upsert that meets a deleted row', () => {
  let blog: PlainBlog;

  beforeAll(async () => {
    blog = await openPlainBlog();
  });
  afterAll(() => blog.close());

  it('reports success, and the row stays deleted', async () => {
    const posts = blog.source.getRepository(PlainPost);
    const { id } = await posts.save({ title: 'old', slug: 'news' });
    await posts.softDelete(id);

    await posts.upsert({ title: 'new', slug: 'news' }, ['slug']);

    await expect(posts.findOneBy({ slug: 'news' })).resolves.toBeNull();
    await expect(posts.findOne({ where: { id }, withDeleted: true })).resolves.toMatchObject({
      title: 'new',
      deletedAt: expect.any(Date),
    });
  });
});

describe.each(BLOG_PLACES)('S2: an upsert that meets a deleted row, on %s', (_where, open) => {
  let blog: Blog;
  let tickets: TenantRepository<Ticket>;
  let stations: TenantRepository<Station>;
  const all = () => asEditor(() => tickets.find({ deleted: 'with', order: { number: 'ASC' } }));
  const only = async () => (await all())[0];

  beforeAll(async () => {
    blog = await open({ entities: [...BLOG, ...STOCK] });
    tickets = new TenantRepository(Ticket, blog.source);
    stations = new TenantRepository(Station, blog.source);
  });
  afterAll(() => blog.close());
  beforeEach(async () => {
    await TenantContext.runAsSystem('test data', async () => {
      await tickets.deleteAll();
      await stations.deleteAll();
    });
    await asEditor(async () => {
      const [first] = await tickets.insertMany([{ number: 1, title: 'old', views: 7 }]);
      await tickets.update({ id: first?.id ?? '' }, { deletedBy: 'somebody', deleteBatch: ACME });
      await tickets.softDelete({ number: 1 });
    });
  });

  type Ways = Record<string, (row: Partial<Ticket>) => Promise<unknown>>;
  const failing: Ways = {
    'repository.upsert': (row) => tickets.upsert(row, ['number']),
    'repository.upsert with options': (row) => tickets.upsert(row, { conflictPaths: ['number'] }),
    upsertMany: (row) => tickets.upsertMany([{ number: 2 }, row], ['number']),
    'manager.upsert': (row) => blog.source.manager.upsert(Ticket, row, ['number']),
    'an insert builder': (row) =>
      tickets
        .createQueryBuilder('t')
        .insert()
        .values(row)
        .orUpdate(['title'], ['number'])
        .execute(),
    'by the id': async (row) => {
      const id = (await only())?.id ?? '';
      return tickets.upsert({ ...row, id }, ['id']);
    },
    'and would change nothing': (row) =>
      tickets.upsert({ ...row, number: 1 }, { conflictPaths: ['number'] }),
  };
  const reviving: Ways = {
    'repository.upsert': (row) =>
      tickets.upsert(row, { conflictPaths: { number: true }, deleted: 'revive' }),
    upsertMany: (row) =>
      tickets.upsertMany([{ number: 2 }, row], ['number'], { deleted: 'revive' }),
    'manager.upsert': (row) =>
      blog.source.manager.upsert(Ticket, row, {
        conflictPaths: ['number'],
        deleted: 'revive',
      } as never),
    'an insert builder': (row) =>
      tickets
        .createQueryBuilder('t')
        .withDeleted()
        .insert()
        .values(row)
        .orUpdate(['title'], ['number'])
        .execute(),
  };

  it.each(Object.entries(failing))(
    'fails, says what was met, and writes nothing: %s',
    async (_, way) => {
      const before = await all();

      const error = await caught(asEditor(() => way({ number: 1, title: 'new' })));

      expect(error).toBeInstanceOf(DeletedRowConflictError);
      expect(error).toMatchObject({
        code: 'ROWGUARD_DELETED_ROW_CONFLICT',
        message: expect.stringMatching(/^The Ticket .* is deleted.*deleted: 'revive'/),
        given: { entity: 'Ticket', id: before[0]?.id },
      });
      expect(httpProblem(error as DeletedRowConflictError).status).toBe(409);
      await expect(all()).resolves.toEqual(before);
    },
  );

  it.each(Object.entries(reviving))(
    'revives the row with the values given, in one statement: %s',
    async (_, way) => {
      const before = await only();

      const statements = await ownTextsSentBy(() =>
        asEditor(() => way({ number: 1, title: 'new' })),
      );

      expect(statements).toHaveLength(1);
      await expect(only()).resolves.toMatchObject({
        id: before?.id,
        title: 'new',
        views: 7,
        deletedAt: null,
        deletedBy: null,
        deleteBatch: null,
      });
    },
  );

  it('revives a row of which nothing else changes, though only changes are to be written', async () => {
    const { title } = (await only()) as Ticket;

    await asEditor(() =>
      tickets.upsert(
        { number: 1, title },
        { conflictPaths: ['number'], skipUpdateIfNoValuesChanged: true, deleted: 'revive' },
      ),
    );

    await expect(only()).resolves.toMatchObject({ deletedAt: null, deleteBatch: null });
  });

  it('changes a living row as before, in one statement', async () => {
    await asEditor(() => tickets.insertMany([{ number: 3, title: 'old' }]));

    const statements = await ownTextsSentBy(() =>
      asEditor(() => tickets.upsert({ number: 3, title: 'new' }, ['number'])),
    );

    expect(statements).toHaveLength(1);
    await expect(asEditor(() => tickets.findOneBy({ number: 3 }))).resolves.toMatchObject({
      title: 'new',
    });
  });

  it.each(['t.views > 5 OR t.views < 0', 't.views > 100 OR t.views < 0'])(
    'keeps to the condition of the caller beside its own: %s',
    async (where) => {
      await asEditor(() => tickets.insertMany([{ number: 4, title: 'old', views: 6 }]));
      const upsert = (number: number) =>
        tickets
          .createQueryBuilder('t')
          .insert()
          .values({ number, title: 'new' })
          .orUpdate(['title'], ['number'], { overwriteCondition: { where } })
          .execute();
      const isMet = where.startsWith('t.views > 5');

      await asEditor(() => upsert(4));
      const onDeleted = asEditor(() => upsert(1)).then(
        () => 'passed over',
        () => 'failed',
      );

      await expect(asEditor(() => tickets.findOneBy({ number: 4 }))).resolves.toMatchObject({
        title: isMet ? 'new' : 'old',
      });
      await expect(onDeleted).resolves.toBe(isMet ? 'failed' : 'passed over');
    },
  );

  it('builds the same statement however often it is asked for', () => {
    const builder = () =>
      tickets
        .createQueryBuilder('t')
        .insert()
        .values({ id: ACME, number: 1, title: 'new' })
        .orUpdate(['title'], ['number'], { skipUpdateIfNoValuesChanged: true });

    return asEditor(async () => {
      const one = builder();
      const built = [one.getQuery(), one.getQuery(), builder().getQuery()];
      expect(new Set(built.map((sql) => sql.replaceAll(/_param_\d+/g, '')))).toHaveProperty(
        'size',
        1,
      );
    });
  });

  it('does nothing where conflicts are ignored', async () => {
    const before = await all();

    await asEditor(() =>
      tickets
        .createQueryBuilder()
        .insert()
        .values({ number: 1, title: 'new' })
        .orIgnore()
        .execute(),
    );

    await expect(all()).resolves.toEqual(before);
  });

  it('writes a new row where only living rows hold the key', async () => {
    await asEditor(async () => {
      await tickets.insertMany([{ number: 5, place: 'A1', title: 'old' }]);
      await tickets.softDelete({ number: 5 });
      await tickets.upsert({ number: 6, place: 'A1', title: 'new' }, ['place']);
    });

    await expect(
      asEditor(() =>
        tickets.find({ where: { place: 'A1' }, deleted: 'with', order: { number: 1 } }),
      ),
    ).resolves.toMatchObject([
      { number: 5, title: 'old', deletedAt: expect.any(Date) },
      { number: 6, title: 'new', deletedAt: null },
    ]);
  });

  it('does not tell of shared rows which one it was', async () => {
    await TenantContext.runAsSystem('test data', async () => {
      await stations.insertMany([{ code: 'B' }]);
      await stations.softDelete({ code: 'B' });
    });

    const error = await caught(asEditor(() => stations.upsert({ code: 'B', name: 'x' }, ['code'])));

    expect(error).toMatchObject({
      code: 'ROWGUARD_DELETED_ROW_CONFLICT',
      given: { entity: 'Station' },
    });
    expect((error as DeletedRowConflictError).given).not.toHaveProperty('id');
  });

  it('does not meet the deleted row of another tenant', async () => {
    await TenantContext.run({ tenantId: GLOBEX }, () =>
      tickets.upsert({ number: 1, title: 'theirs' }, ['number']),
    );

    await expect(
      TenantContext.run({ tenantId: GLOBEX }, () => tickets.findOneBy({ number: 1 })),
    ).resolves.toMatchObject({ title: 'theirs' });
  });

  it.each<[string, () => Promise<unknown>]>([
    ['another word', () => tickets.upsertMany([{ number: 1 }], ['number'], bad('renew'))],
    ['null', () => tickets.upsert({ number: 1 }, bad(null))],
    ['a number', () => blog.source.manager.upsert(Ticket, { number: 1 }, bad(1))],
    [
      'a row that is given as deleted',
      () =>
        tickets.upsert(
          { number: 1, deletedAt: new Date() },
          { conflictPaths: ['number'], deleted: 'revive' },
        ),
    ],
    [
      'a key that only living rows hold',
      () => tickets.upsertMany([{ number: 9, place: 'A' }], ['place'], { deleted: 'revive' }),
    ],
    [
      'no key at all',
      () => tickets.upsert({ number: 1 }, { conflictPaths: [], deleted: 'revive' }),
    ],
    ['an unknown key', () => tickets.upsert({ number: 1 }, ['nothing'])],
    ['no options', () => tickets.upsert({ number: 1 }, null as never)],
  ])('says what is wrong with %s, and sends nothing', async (_, upsert) => {
    const statements: string[] = [];
    const error = await caught(
      asEditor(async () => {
        let failure: unknown;
        statements.push(
          ...(await ownTextsSentBy(async () => {
            failure = await caught(upsert());
          })),
        );
        throw failure;
      }),
    );

    expect(error).toBeInstanceOf(InvalidInputError);
    expect(statements).toEqual([]);
  });
});

function bad(deleted: unknown): never {
  return { conflictPaths: ['number'], deleted } as never;
}
