import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DomainNotInstalledError,
  InvalidContextError,
  InvalidInputError,
  RetentionHolds,
  RowNotFoundError,
  SoftDeletePurge,
  StatementRefusedError,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import {
  ACME,
  type Archive,
  Customer,
  GLOBEX,
  Letter,
  Line,
  Order,
  Rate,
  Receipt,
  Thread,
  add,
  asSystem,
  asTenant,
  emptied,
  idsOf,
  openArchive,
} from '../../support/soft-delete/archive.js';
import { Author, openBlog } from '../../support/soft-delete/blog.js';

describe('a legal hold', () => {
  let archive: Archive;
  let holds: RetentionHolds;

  beforeAll(async () => {
    archive = await openArchive();
    holds = new RetentionHolds(archive.source);
  });
  afterEach(() => emptied(archive));
  afterAll(() => archive.close());

  const customer = (tenantId: string, daysAgo = 40) =>
    add(archive.source, Customer, { name: 'Somebody', tenantId }, daysAgo);
  const purge = () => asSystem(() => archive.purge.run());
  const heldOf = async (entity: Function) => {
    const report = await asSystem(() => archive.purge.run({ dryRun: true }));
    return report.entities.find((one) => one.entity === entity.name)?.left?.held;
  };

  it('on one row keeps that row, and no other', async () => {
    const kept = await customer(ACME);
    await customer(ACME);
    await asSystem(() => holds.place({ entity: Customer, id: kept, reason: 'case 7' }));

    await expect(heldOf(Customer)).resolves.toBe(1);
    await purge();

    await expect(idsOf(archive.source, Customer)).resolves.toEqual([kept]);
  });

  it('on a table keeps its rows, and what they refer to', async () => {
    const owner = await customer(ACME);
    const held = await add(archive.source, Order, { number: '1', customerId: owner }, 40);
    await asSystem(() => holds.place({ entity: Order, reason: 'audit of the orders' }));

    await purge();

    await expect(idsOf(archive.source, Order)).resolves.toEqual([held]);
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([owner]);
  });

  it('keeps a row that the database would delete with its owner', async () => {
    const order = await add(archive.source, Order, { number: '1' }, 40);
    const line = await add(archive.source, Line, { text: 'proof', orderId: order }, 40);
    await asSystem(() => holds.place({ entity: Line, id: line, reason: 'case 7' }));

    await purge();

    await expect(idsOf(archive.source, Line)).resolves.toEqual([line]);
    await expect(idsOf(archive.source, Order)).resolves.toEqual([order]);
  });

  it('keeps a whole ring of rows by one of them', async () => {
    const { source } = archive;
    const thread = await add(source, Thread, {}, 40);
    const letter = await add(source, Letter, { threadId: thread }, 40);
    await asSystem(() => source.manager.update(Thread, { id: thread }, { newestId: letter }));
    await asSystem(() => holds.place({ entity: Letter, id: letter, reason: 'case 7' }));

    await purge();

    await expect(idsOf(source, Thread)).resolves.toEqual([thread]);
    await expect(idsOf(source, Letter)).resolves.toEqual([letter]);
  });

  it('on a tenant keeps all rows of that tenant, and no row that is everybody’s', async () => {
    const kept = await customer(ACME);
    await customer(GLOBEX);
    await add(archive.source, Rate, { code: 'EUR' }, 40);
    await asSystem(() => holds.place({ tenantId: ACME, reason: 'insolvency' }));

    await purge();

    await expect(idsOf(archive.source, Customer)).resolves.toEqual([kept]);
    await expect(idsOf(archive.source, Rate)).resolves.toEqual([]);
  });

  it('on everything keeps everything, also in the purge of a tenant', async () => {
    const kept = await customer(ACME);
    await add(archive.source, Rate, { code: 'EUR' }, 40);
    await asSystem(() => holds.place({ reason: 'an order of the court' }));

    const reports = [await purge(), await asTenant(() => archive.purge.run())];

    expect(reports.map((one) => one.purged)).toEqual([0, 0]);
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([kept]);
  });

  it('holds no longer when it is lifted, and stays on record', async () => {
    await customer(ACME);
    const { id } = await asSystem(() => holds.place({ reason: 'case 7' }));
    await purge();
    const lifted = await asSystem(() => holds.lift(id));

    const report = await purge();

    expect(report.purged).toBe(1);
    expect(lifted).toMatchObject({ reason: 'case 7', placedBy: 'test', liftedBy: 'test' });
    await expect(asSystem(() => holds.list())).resolves.toEqual([]);
    await expect(asSystem(() => holds.list({ lifted: true }))).resolves.toHaveLength(1);
  });

  it('is listed page by page, the newest first, with those that cover a tenant', async () => {
    await asSystem(async () => {
      await holds.place({ tenantId: ACME, reason: 'first' });
      await holds.place({ tenantId: GLOBEX, reason: 'second' });
      await holds.place({ reason: 'third' });
    });

    const [first] = await asSystem(() => holds.list({ limit: 1 }));
    const others = await asSystem(() => holds.list({ after: first?.id ?? '' }));
    const ofAcme = await asSystem(() => holds.list({ tenantId: ACME }));

    expect([first, ...others].map((one) => one?.reason)).toEqual(['third', 'second', 'first']);
    expect(ofAcme.map((one) => one.reason)).toEqual(['third', 'first']);
  });

  it('is nothing that a tenant may place, lift, list or read', async () => {
    const { id } = await asSystem(() => holds.place({ reason: 'case 7' }));

    const works: (() => Promise<unknown>)[] = [
      () => holds.place({ reason: 'mine' }),
      () => holds.lift(id),
      () => holds.list(),
    ];
    for (const work of works)
      expect(await caught(asTenant(work))).toBeInstanceOf(StatementRefusedError);
    await expect(
      asTenant(() => archive.source.query('SELECT * FROM retention_holds')),
    ).rejects.toThrow();
  });

  it.each([
    ['an id without its entity', { id: 'x', reason: 'why' }, InvalidInputError],
    ['an entity that is not deleted softly', { entity: Receipt, reason: 'why' }, InvalidInputError],
    ['an entity that is not there', { entity: 'Nobody', reason: 'why' }, InvalidInputError],
    ['an empty id', { entity: Customer, id: '', reason: 'why' }, InvalidInputError],
    [
      'a tenant of what is shared',
      { entity: Rate, tenantId: ACME, reason: 'x' },
      InvalidInputError,
    ],
    ['a tenant that is no UUID', { tenantId: 'acme', reason: 'why' }, InvalidContextError],
    ['no reason', { reason: ' ' }, InvalidContextError],
    ['nothing', undefined, InvalidInputError],
    [
      'a word that it does not know, which would leave the rest as everything',
      { entitty: Customer, reason: 'why' },
      InvalidInputError,
    ],
  ])('refuses %s', async (_, hold, error) => {
    expect(await caught(asSystem(() => holds.place(hold as never)))).toBeInstanceOf(error);
  });

  it('that is not there, or was lifted, cannot be lifted', async () => {
    const { id } = await asSystem(() => holds.place({ reason: 'case 7' }));
    await asSystem(() => holds.lift(id));

    for (const given of [id, 'nothing', undefined])
      expect(await caught(asSystem(() => holds.lift(given as string)))).toBeInstanceOf(
        RowNotFoundError,
      );
  });

  it.each([
    { limit: 0 },
    { limit: 1.5 },
    { limit: 1_001 },
    { lifted: 'no' },
    { tenant: ACME },
    null,
  ])('is not listed by %j', async (question) => {
    expect(await caught(asSystem(() => holds.list(question as never)))).toBeInstanceOf(
      InvalidInputError,
    );
  });
});

describe('a database without a table for holds', () => {
  it('says how to get one, and purges all the same', async () => {
    const blog = await openBlog();

    const error = await caught(
      asSystem(() => new RetentionHolds(blog.source).place({ reason: 'case 7' })),
    );
    const report = await asSystem(() =>
      new SoftDeletePurge(blog.source).run({ olderThan: { days: 1 } }),
    );
    await blog.close();

    expect(error).toBeInstanceOf(DomainNotInstalledError);
    expect(report.entities).toHaveLength(3);
  });

  it('honours holds in a table that its entities do not know', async () => {
    const blog = await openBlog();
    await asTenant(async () => {
      const { id } = await blog.source.manager.save(Author, { name: 'held' });
      await blog.source.manager.update(Author, { id }, { deletedAt: new Date('2020-01-01') });
    });
    await blog.database?.asOwner(async (client) => {
      await client.query(
        'CREATE TABLE retention_holds (tenant_id uuid, table_name text, row_id text, lifted_at timestamptz)',
      );
      await client.query(`INSERT INTO retention_holds (table_name) VALUES ('authors')`);
      await client.query('GRANT SELECT ON retention_holds TO rowguard_system');
    });

    const purge = () =>
      asSystem(() => new SoftDeletePurge(blog.source).run({ olderThan: { days: 1 } }));
    const held = await purge();
    await blog.database?.asOwner((client) => client.query('DROP TABLE retention_holds'));
    const free = await purge();
    await blog.close();

    expect([held.purged, free.purged]).toEqual([0, 1]);
  });
});
