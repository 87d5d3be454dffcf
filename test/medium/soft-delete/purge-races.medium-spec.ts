import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RetentionHolds } from 'nestjs-rowguard';
import { liveFacts } from '../../../src/soft-delete/purge/live-references.js';
import { deleteRows, lockRows, rowsInView } from '../../../src/soft-delete/purge/purge-batch.js';
import { PurgeConditions } from '../../../src/soft-delete/purge/purge-conditions.js';
import { purgeTable } from '../../../src/soft-delete/purge/purge-table.js';
import { newGate } from '../../support/gate.js';
import {
  type Archive,
  Customer,
  Line,
  Order,
  add,
  asSystem,
  asTenant,
  emptied,
  idsOf,
  openArchive,
} from '../../support/soft-delete/archive.js';

describe('a purge and what happens between its statements', () => {
  let archive: Archive;

  beforeAll(async () => {
    archive = await openArchive({ pool: { max: 4 } });
  });
  afterEach(() => emptied(archive));
  afterAll(() => archive.close());

  /** The statements of one batch, with `meanwhile` between looking and deleting. */
  const batchOf = (entity: Function, meanwhile: () => Promise<unknown>) =>
    asSystem(async () => {
      const { source } = archive;
      const tables = [purgeTable(source, source.getMetadata(entity), 30)];
      const conditions = new PurgeConditions(tables, await liveFacts(source, tables), undefined);
      const window = { table: 0, most: 100, after: undefined, from: 'oldest' } as const;
      const seen = await rowsInView(source.manager, conditions, window);
      const locked = await lockRows(source.manager, conditions, 0, seen);
      await meanwhile();
      const deleted = await deleteRows(source.manager, conditions, 0, locked);
      return { locked: locked.length, deleted };
    });

  it('keeps a row that is held since it was looked at', async () => {
    const id = await add(archive.source, Customer, { name: 'Somebody' }, 40);

    const batch = await batchOf(Customer, () =>
      new RetentionHolds(archive.source).place({ entity: Customer, id, reason: 'case 7' }),
    );

    expect(batch).toEqual({ locked: 1, deleted: 0 });
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([id]);
  });

  it('keeps a row that is referred to since it was looked at, though the database would not mind', async () => {
    const order = await add(archive.source, Order, { number: '1' }, 40);

    const batch = await batchOf(Order, () =>
      add(archive.source, Line, { text: 'late', orderId: order }),
    );

    expect(batch).toEqual({ locked: 1, deleted: 0 });
    await expect(idsOf(archive.source, Line)).resolves.toHaveLength(1);
  });

  it('does not even lock a row that is held', async () => {
    const id = await add(archive.source, Customer, { name: 'Somebody' }, 40);
    await asSystem(() =>
      new RetentionHolds(archive.source).place({ entity: Customer, id, reason: 'case 7' }),
    );

    const batch = await batchOf(Customer, () => Promise.resolve());

    expect(batch).toEqual({ locked: 0, deleted: 0 });
  });

  it('leaves a row that somebody else has locked to them, and waits for nobody', async () => {
    const busy = await add(archive.source, Customer, { name: 'Busy' }, 40);
    await add(archive.source, Customer, { name: 'Free' }, 40);
    const [isLocked, mayEnd] = [newGate(), newGate()];
    const locking = asTenant(() =>
      archive.source.transaction(async (manager) => {
        await manager.query('select from customers where id = $1 for update', [busy]);
        isLocked.open();
        await mayEnd.opened;
      }),
    );
    await isLocked.opened;

    const report = await asSystem(() => archive.purge.run());

    mayEnd.open();
    await locking;
    expect(report.purged).toBe(1);
    await expect(idsOf(archive.source, Customer)).resolves.toEqual([busy]);
  });

  it('keeps by a hold on one table no row of another, and finds a row by its id in any case', async () => {
    const id = await add(archive.source, Customer, { name: 'Somebody' }, 40);
    const other = await add(archive.source, Order, { number: '1' }, 40);
    const holds = new RetentionHolds(archive.source);
    await asSystem(async () => {
      await holds.place({ entity: Customer, id: id.toUpperCase(), reason: 'case 7' });
      await holds.place({ entity: Customer, id: other, reason: 'the id of an order' });
    });

    await asSystem(() => archive.purge.run());

    await expect(idsOf(archive.source, Customer)).resolves.toEqual([id]);
    await expect(idsOf(archive.source, Order)).resolves.toEqual([]);
  });
});
