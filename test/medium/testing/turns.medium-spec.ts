import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext, TestDatabaseError, UnitOfWorkClosedError } from 'nestjs-rowguard';
import { TestDatabase, expectIsolated } from 'nestjs-rowguard/testing';
import { ACME, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

describe.each([
  ['a server', { url: server, pool: { acquireTimeoutMs: 700 } }],
  ['the embedded engine', { pool: { acquireTimeoutMs: 700 } }],
])('tests that are rolled back in turn on %s', (_, engine) => {
  let db: TestDatabase;
  const labels = () => db.repository(Label);
  const names = () =>
    db.asSystem(async () => (await labels().find()).map((one) => one.name).sort());

  beforeAll(async () => {
    Logger.overrideLogger(false);
    db = await TestDatabase.start({ ...engine, entities: SHOP, isolation: 'rollback' });
    await db.as(ACME, () => labels().save({ name: 'from the start' }));
  }, 60_000);

  afterAll(() => db?.stop());

  it('undo a part of a test on its own', async () => {
    const counts = await db.isolate(async () => {
      await db.as(ACME, () => labels().save({ name: 'outer' }));
      const inner = await db.isolate(async () => {
        await db.as(ACME, () => labels().save({ name: 'inner' }));
        return (await names()).length;
      });
      return [inner, (await names()).length];
    });

    expect(counts).toEqual([3, 2]);
  });

  it('run one after the other when they are started at once', async () => {
    const one = (at: number) =>
      db.isolate(() =>
        db.as(ACME, async () => {
          await labels().save({ name: `test ${at}` });
          return labels().count();
        }),
      );

    await expect(Promise.all([one(1), one(2), one(3)])).resolves.toEqual([2, 2, 2]);
  });

  it('refuse what goes on after their end', async () => {
    let late: Promise<unknown> = Promise.resolve();
    await db.isolate(async () => {
      late = new Promise((resolve) => setTimeout(resolve, 60)).then(() =>
        db.as(ACME, () => labels().save({ name: 'late' })),
      );
      late.catch(() => undefined);
    });

    await expect(late).rejects.toThrow(UnitOfWorkClosedError);
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('begin and end by hooks, and join work that knows nothing of them', async () => {
    await db.beginTest();
    const outside = new Promise((resolve, reject) => {
      setImmediate(() => {
        TenantContext.run({ tenantId: ACME }, () =>
          db.source.manager.save(Label, { name: 'from elsewhere' }),
        ).then(resolve, reject);
      });
    });
    await outside;
    const during = await names();
    await expect(db.beginTest()).rejects.toThrow('has not ended');
    await db.endTest();

    expect(during).toContain('from elsewhere');
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('undo parts that are begun at once one after the other', async () => {
    const part = (name: string) =>
      db.isolate(async () => {
        await db.as(ACME, () => labels().save({ name }));
        await db.isolate(() => db.as(ACME, () => labels().save({ name: `in ${name}` })));
        return names();
      });
    const seen = await db.isolate(async () => {
      await db.as(ACME, () => labels().save({ name: 'outer' }));
      const parts = await Promise.all(['one', 'two', 'three'].map(part));
      return [...parts, await names()];
    });

    expect(seen).toEqual([
      ['from the start', 'one', 'outer'],
      ['from the start', 'outer', 'two'],
      ['from the start', 'outer', 'three'],
      ['from the start', 'outer'],
    ]);
  });

  it('may lie in the work of somebody, which goes on after them', async () => {
    const counts = await db.as(ACME, async () => [
      await db.isolate(async () => {
        await labels().save({ name: 'inside' });
        return labels().count();
      }),
      await labels().count(),
      await db.isolate(() => labels().count()),
    ]);

    expect(counts).toEqual([2, 1, 1]);
  });

  it('take no second transaction while one is being begun', async () => {
    const ends = await Promise.allSettled([
      db.isolate(() => db.as(ACME, () => labels().count())),
      expectIsolated(db, Label),
    ]);

    expect(ends).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: expect.any(TestDatabaseError) },
    ]);
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('are not begun twice at once by hooks', async () => {
    const begun = await Promise.allSettled([db.beginTest(), db.beginTest()]);
    await db.endTest();

    expect(begun.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    await expect(names()).resolves.toEqual(['from the start']);
  });
});
