import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type PurgedEntity,
  type PurgeReport,
  InvalidInputError,
  StatementRefusedError,
  TenantContext,
  TenantContextMissingError,
  TenantMismatchError,
  TenantRepository,
} from 'nestjs-rowguard';
import { caught } from '../../support/caught.js';
import {
  ACME,
  type Archive,
  Customer,
  Diary,
  Folder,
  GLOBEX,
  Label,
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
  openEmbeddedArchive,
} from '../../support/soft-delete/archive.js';

const PLACES = [
  ['a server', openArchive],
  ['the embedded engine', openEmbeddedArchive],
] as const;

const of = ({ entities }: PurgeReport, entity: Function): PurgedEntity =>
  entities.find((one) => one.entity === entity.name) as PurgedEntity;

describe.each(PLACES)('a purge on %s', (_, open) => {
  let archive: Archive;

  beforeAll(async () => {
    archive = await open();
  });
  afterEach(() => emptied(archive));
  afterAll(() => archive.close());

  const customer = (values: Partial<Customer> = {}, daysAgo?: number) =>
    add(archive.source, Customer, { name: 'Somebody', ...values }, daysAgo);
  const order = (customerId: string | null, daysAgo?: number) =>
    add(archive.source, Order, { number: '1', customerId }, daysAgo);
  const line = (orderId: string, daysAgo?: number) =>
    add(archive.source, Line, { text: 'a line', orderId }, daysAgo);

  it('deletes for good what was deleted longer ago than its entity keeps it, and nothing else', async () => {
    await customer({}, 31);
    const young = await customer({}, 29);
    const living = await customer();

    const report = await asSystem(() => archive.purge.run());

    expect(report).toMatchObject({ purged: 1, finished: true, dryRun: false });
    expect(of(report, Customer)).toMatchObject({ table: 'customers', keepDays: 30, purged: 1 });
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([young, living].toSorted());
  });

  it('never deletes rows of an entity that says nothing, unless it is told how old they have to be', async () => {
    await add(archive.source, Diary, { text: 'dear' }, 5_000);

    const silent = await asSystem(() => archive.purge.run());
    const told = await asSystem(() => archive.purge.run({ olderThan: { days: 10 } }));

    expect(silent.purged).toBe(0);
    expect(silent.entities.map((one) => one.entity)).not.toContain('Diary');
    expect(of(told, Diary)).toMatchObject({ keepDays: 10, purged: 1 });
  });

  it('waits longer where it is told to, and never less long than the entity says', async () => {
    await customer({}, 31);

    const longer = await asSystem(() => archive.purge.run({ olderThan: { days: 60 } }));
    const shorter = await asSystem(() => archive.purge.run({ olderThan: { days: 0 } }));

    expect(of(longer, Customer)).toMatchObject({ keepDays: 60, purged: 0 });
    expect(of(shorter, Customer)).toMatchObject({ keepDays: 30, purged: 1 });
  });

  it('is a verb of a repository too, which takes the rows of its entity and of its tenant only', async () => {
    await customer({}, 40);
    await add(archive.source, Diary, { text: 'dear' }, 40);
    const foreign = await add(archive.source, Customer, { tenantId: GLOBEX, name: 'Else' }, 40);
    const customers = new TenantRepository(Customer, archive.source);

    const counted = await asTenant(() => customers.purge({ dryRun: true }));
    const report = await asTenant(() => customers.purge({ olderThan: { days: 1 } }));
    const error = await asTenant(() => caught(customers.purge({ days: 1 } as never)));

    expect(of(counted, Customer)).toMatchObject({ purged: 0, left: { purgeable: 1 } });
    expect(report.entities.map((one) => [one.entity, one.purged])).toEqual([['Customer', 1]]);
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([foreign]);
    expect(error).toBeInstanceOf(InvalidInputError);
  });

  it('takes children first, and then whom they referred to', async () => {
    const owner = await customer({}, 40);
    const bought = await order(owner, 40);
    await line(bought, 40);

    const report = await asSystem(() => archive.purge.run());

    expect(report.purged).toBe(3);
    await expect(idsOf(archive.source, Order)).resolves.toEqual([]);
  });

  it('keeps a row that a living row refers to, says by which table, and raises no error', async () => {
    const owner = await customer({}, 40);
    await order(owner);

    const report = await asSystem(() => archive.purge.run());

    expect(of(report, Customer).left).toMatchObject({
      purgeable: 0,
      kept: 1,
      keptBy: [{ referencedBy: 'orders', rows: 1 }],
    });
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([owner]);
  });

  it('keeps the whole line of owners above a living row', async () => {
    const owner = await customer({}, 40);
    const bought = await order(owner, 40);
    const kept = await line(bought);

    const report = await asSystem(() => archive.purge.run());

    expect(report.purged).toBe(0);
    expect([of(report, Order).left?.kept, of(report, Customer).left?.kept]).toEqual([1, 1]);
    await expect(idsOf(archive.source, Line)).resolves.toEqual([kept]);
  });

  it('keeps a row whose living dependents the database would delete with it', async () => {
    const bought = await order(null, 40);
    const kept = await line(bought);

    await asSystem(() => archive.purge.run());

    await expect(idsOf(archive.source, Order)).resolves.toEqual([bought]);
    await expect(idsOf(archive.source, Line)).resolves.toEqual([kept]);
  });

  it('keeps a row whose records, which nobody deletes, the database would delete with it', async () => {
    const bought = await order(null, 40);
    await add(archive.source, Receipt, { orderId: bought });

    const report = await asSystem(() => archive.purge.run());

    expect(of(report, Order).left?.keptBy).toEqual([{ referencedBy: 'receipts', rows: 1 }]);
    await expect(idsOf(archive.source, Receipt)).resolves.toHaveLength(1);
  });

  it('keeps a row whose deleted dependents are kept longer', async () => {
    const bought = await order(null, 40);
    await line(bought, 20);

    const report = await asSystem(() => archive.purge.run());

    expect(report.purged).toBe(0);
    expect(of(report, Order).left?.kept).toBe(1);
  });

  it('unlinks what was joined, and leaves the other side', async () => {
    const label = await add(archive.source, Label, { name: 'urgent' });
    const bought = await order(null, 40);
    await asSystem(() =>
      archive.source.query(
        'INSERT INTO order_labels (tenant_id, orders_id, labels_id) VALUES ($1, $2, $3)',
        [ACME, bought, label],
      ),
    );

    const report = await asSystem(() => archive.purge.run());

    expect(of(report, Order).purged).toBe(1);
    await expect(idsOf(archive.source, Label)).resolves.toEqual([label]);
  });

  it('purges a tree of one table from its leaves, and keeps what is above a living branch', async () => {
    const folder = (parentId: string | null, daysAgo?: number) =>
      add(archive.source, Folder, { name: 'folder', parentId }, daysAgo);
    const root = await folder(null, 40);
    const dead = await folder(root, 40);
    await folder(await folder(dead, 40), 40);
    const above = await folder(root, 40);
    const living = await folder(above);

    const report = await asSystem(() => archive.purge.run({ batch: 1 }));

    expect(of(report, Folder)).toMatchObject({ purged: 3, left: { kept: 2, purgeable: 0 } });
    await expect(idsOf(archive.source, Folder)).resolves.toEqual([root, above, living].toSorted());
  });

  it('purges rows that refer to each other, or to themselves, together', async () => {
    const { source } = archive;
    const alone = await add(source, Folder, { name: 'alone' }, 40);
    const one = await add(source, Folder, { name: 'one' }, 40);
    const other = await add(source, Folder, { name: 'other', parentId: one }, 40);
    const kept = await add(source, Folder, { name: 'kept' }, 40);
    const living = await add(source, Folder, { name: 'living', parentId: kept });
    await asSystem(async () => {
      await source.manager.update(Folder, { id: alone }, { parentId: alone });
      await source.manager.update(Folder, { id: one }, { parentId: other });
      await source.manager.update(Folder, { id: kept }, { parentId: living });
    });

    await asSystem(() => archive.purge.run());

    await expect(idsOf(source, Folder)).resolves.toEqual([kept, living].toSorted());
  });

  it('purges rings that go through several tables, and keeps a ring with a living row in it', async () => {
    const { source } = archive;
    const ring = async (threadDaysAgo: number, letterDaysAgo?: number) => {
      const thread = await add(source, Thread, {}, threadDaysAgo);
      const letter = await add(source, Letter, { threadId: thread }, letterDaysAgo);
      await asSystem(() => source.manager.update(Thread, { id: thread }, { newestId: letter }));
      return { thread, letter };
    };
    await ring(40, 40);
    await ring(50, 45);
    const kept = await ring(40);

    const report = await asSystem(() => archive.purge.run());

    expect([of(report, Thread).purged, of(report, Letter).purged]).toEqual([2, 2]);
    expect(of(report, Thread).left?.kept).toBe(1);
    await expect(idsOf(source, Thread)).resolves.toEqual([kept.thread]);
    await expect(idsOf(source, Letter)).resolves.toEqual([kept.letter]);
  });

  it('counts what would go without writing anything: in a read-only transaction', async () => {
    const owner = await customer({ name: 'kept' }, 50);
    await order(owner);
    const gone = await customer({}, 45);
    await order(gone, 40);

    const report = await asSystem(() => archive.purge.run({ dryRun: true }));

    expect(report).toMatchObject({ dryRun: true, purged: 0 });
    expect(of(report, Customer).left).toMatchObject({ purgeable: 1, kept: 1, held: 0 });
    const oldest = of(report, Customer).left?.oldest?.getTime() ?? 0;
    expect(Math.round((Date.now() - oldest) / 86_400_000)).toBe(50);
    expect(of(report, Order).left).toMatchObject({ purgeable: 1, kept: 0 });
    await expect(idsOf(archive.source, Customer)).resolves.toHaveLength(2);
  });

  it('foretells exactly what it then does', async () => {
    const owner = await customer({}, 40);
    const bought = await order(owner, 40);
    await line(bought, 40);
    await line(await order(await customer({}, 40), 40));
    await add(archive.source, Rate, { code: 'EUR' }, 40);

    const told = await asSystem(() => archive.purge.run({ dryRun: true }));
    const done = await asSystem(() => archive.purge.run());

    expect(done.entities.map((one) => one.purged)).toEqual(
      told.entities.map((one) => one.left?.purgeable),
    );
    expect(done.entities.map((one) => one.left?.kept)).toEqual(
      told.entities.map((one) => one.left?.kept),
    );
  });

  it('reaches only the rows of the tenant in hand, and none that are everybody’s', async () => {
    await customer({}, 40);
    const foreign = await customer({ tenantId: GLOBEX }, 40);
    const shared = await add(archive.source, Rate, { code: 'EUR' }, 40);

    const report = await asTenant(() => archive.purge.run());

    expect(report.purged).toBe(1);
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([foreign]);
    await expect(idsOf(archive.source, Rate)).resolves.toEqual([shared]);
    expect(await caught(asTenant(() => archive.purge.run({ tenantId: GLOBEX })))).toBeInstanceOf(
      TenantMismatchError,
    );
  });

  it('reaches in system work the rows of the tenant that is named, else of all', async () => {
    await customer({}, 40);
    await customer({ tenantId: GLOBEX }, 40);

    const one = await asSystem(() => archive.purge.run({ tenantId: GLOBEX }));
    const all = await asSystem(() => archive.purge.run());

    expect([one.purged, all.purged]).toEqual([1, 1]);
  });

  it('takes only the entities that are named', async () => {
    await customer({}, 40);
    await order(null, 40);

    const report = await asSystem(() => archive.purge.run({ entities: [Order] }));

    expect(report.entities.map((one) => one.entity)).toEqual(['Order']);
    await expect(idsOf(archive.source, Customer)).resolves.toHaveLength(1);
  });

  it('needs somebody to act for, and no transaction around it', async () => {
    expect(await caught(archive.purge.run())).toBeInstanceOf(TenantContextMissingError);
    expect(
      await caught(
        TenantContext.runTenantless('a route without tenant', () => archive.purge.run()),
      ),
    ).toBeInstanceOf(TenantContextMissingError);
    const inside = asSystem(() => archive.source.transaction(() => archive.purge.run()));
    expect(await caught(inside)).toBeInstanceOf(StatementRefusedError);
  });

  it('stops after a batch when it is told to, and goes on where it was', async () => {
    for (let made = 0; made < 5; made++) await customer({}, 40);
    const stop = new AbortController();
    const seen: number[] = [];

    const first = await asSystem(() =>
      archive.purge.run({
        batch: 2,
        signal: stop.signal,
        onProgress: ({ purged }) => {
          seen.push(purged);
          stop.abort();
        },
      }),
    );
    const second = await asSystem(() => archive.purge.run({ batch: 2 }));

    expect(first).toMatchObject({ finished: false, purged: 2 });
    expect(of(first, Customer).left).toBeUndefined();
    expect(seen).toEqual([2]);
    expect(second).toMatchObject({ finished: true, purged: 3 });
  });
});
