import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AcquireTimeoutError,
  TenantEntity,
  TenantManyToOne,
  TransactionUndoneError,
  UniqueViolationError,
} from 'nestjs-rowguard';
import { TestDatabase } from 'nestjs-rowguard/testing';
import { Column, Entity } from 'typeorm';
import { ACME, Customer, GLOBEX, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';

@Entity('late_owners')
class LateOwner extends TenantEntity {
  @Column('text', { default: '' })
  name!: string;
}

@Entity('late_rows')
class LateRow extends TenantEntity {
  @TenantManyToOne(() => LateOwner, { nullable: false, deferrable: 'INITIALLY DEFERRED' })
  owner!: LateOwner;

  ownerId!: string;
}

const ENTITIES = [...SHOP, LateOwner, LateRow];

describe.each([
  ['a server', { url: server, pool: { acquireTimeoutMs: 700 } }],
  ['the embedded engine', { pool: { acquireTimeoutMs: 700 } }],
])('tests that are rolled back on %s', (_, engine) => {
  let db: TestDatabase;
  const labels = () => db.repository(Label);
  const names = () =>
    db.asSystem(async () => (await labels().find()).map((one) => one.name).sort());

  beforeAll(async () => {
    Logger.overrideLogger(false);
    db = await TestDatabase.start({ ...engine, entities: ENTITIES, isolation: 'rollback' });
    await db.as(ACME, () => labels().save({ name: 'from the start' }));
  }, 60_000);

  afterAll(() => db?.stop());

  it('see what they write, for several tenants and the system, and leave nothing', async () => {
    const seen = await db.isolate(async () => {
      await db.as(ACME, () => labels().save({ name: 'of acme' }));
      await db.as(GLOBEX, () => labels().save({ name: 'of globex' }));
      return {
        acme: await db.as(ACME, () => labels().find()),
        globex: await db.as(GLOBEX, () => labels().find()),
        all: await names(),
        raw: await db.as(GLOBEX, () => db.source.query('select name from labels')),
      };
    });

    expect(seen.acme.map((one) => one.name).sort()).toEqual(['from the start', 'of acme']);
    expect(seen.globex.map((one) => one.name)).toEqual(['of globex']);
    expect(seen.all).toEqual(['from the start', 'of acme', 'of globex']);
    expect(seen.raw).toEqual([{ name: 'of globex' }]);
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('take part in transactions of the code under test: kept, rolled back, nested', async () => {
    const found = await db.isolate(() =>
      db.as(ACME, async () => {
        await db.source.transaction((manager) => manager.save(Label, { name: 'kept' }));
        await db.source
          .transaction(async (manager) => {
            await manager.save(Label, { name: 'undone' });
            throw new Error('no');
          })
          .catch(() => undefined);
        await db.source.transaction(async (outer) => {
          await outer.save(Label, { name: 'outer' });
          await outer
            .transaction(async (inner) => {
              await inner.save(Label, { name: 'inner' });
              throw new Error('no');
            })
            .catch(() => undefined);
        });
        return (await labels().find()).map((one) => one.name).sort();
      }),
    );

    expect(found).toEqual(['from the start', 'kept', 'outer']);
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('go on after a statement that failed alone', async () => {
    await db.isolate(() =>
      db.as(ACME, async () => {
        await expect(labels().save({ name: 'from the start' })).rejects.toThrow(
          UniqueViolationError,
        );
        await expect(db.source.query('select * from nowhere')).rejects.toThrow('nowhere');
        await expect(labels().count()).resolves.toBe(1);
      }),
    );
  });

  it('tell that a transaction was undone whose error somebody has swallowed', async () => {
    const work = db.isolate(() =>
      db.as(ACME, () =>
        db.source.transaction(async (manager) => {
          await manager.query('select * from nowhere').catch(() => undefined);
        }),
      ),
    );

    await expect(work).rejects.toThrow(TransactionUndoneError);
  });

  it('hear of a reference that is checked at the end of a transaction', async () => {
    const lone = { ownerId: '0190a000-0000-7000-8000-00000000dead' };
    await db.isolate(() =>
      db.as(ACME, async () => {
        const rows = db.repository(LateRow);
        await expect(
          db.source.transaction((manager) => manager.insert(LateRow, lone)),
        ).rejects.toThrow('refers');
        await expect(rows.insert(lone)).rejects.toThrow('refers');
        await db.source.transaction(async (manager) => {
          const id = '0190a000-0000-7000-8000-00000000beef';
          await manager.insert(LateRow, { ownerId: id });
          await manager.insert(LateOwner, { id });
        });
        await expect(rows.count()).resolves.toBe(1);
      }),
    );
  });

  it('keep apart transactions that run at the same time', async () => {
    const found = await db.isolate(async () => {
      const one = (name: string, fails: boolean) =>
        db.as(ACME, () =>
          db.source
            .transaction(async (manager) => {
              await manager.save(Label, { name });
              await new Promise((resolve) => setTimeout(resolve, 5));
              if (fails) throw new Error('no');
            })
            .catch(() => undefined),
        );
      await Promise.all(
        Array.from({ length: 12 }, (_, at) => one(`label ${at}`, at % 2 === 1)).concat(
          db.as(GLOBEX, async () => void (await labels().save({ name: 'meanwhile' }))),
        ),
      );
      return names();
    });

    expect(found.filter((name) => name.startsWith('label'))).toHaveLength(6);
    expect(found).toContain('meanwhile');
  });

  it('let system work begin inside the transaction of a tenant', async () => {
    const found = await db.isolate(() =>
      db.as(ACME, () =>
        db.source.transaction(async (manager) => {
          await manager.save(Label, { name: 'tenant' });
          await db.asSystem(() =>
            db.source.transaction((system) =>
              system.save(Label, { tenantId: GLOBEX, name: 'system' }),
            ),
          );
          await db.asSystem(() => labels().count());
          return names();
        }),
      ),
    );

    expect(found).toEqual(['from the start', 'system', 'tenant']);
  });

  it('stream rows, and ask for others between two of them', async () => {
    const seen = await db.isolate(() =>
      db.as(ACME, async () => {
        await labels().insertMany(Array.from({ length: 250 }, (_, at) => ({ name: `row ${at}` })));
        const stream = await db.source.createQueryBuilder(Label, 'label').stream();
        let rows = 0;
        for await (const row of stream) {
          rows += Number(Object.keys(row as object).length > 0);
          if (rows % 100 === 0) await labels().count();
        }
        return rows;
      }),
    );

    expect(seen).toBe(251);
  });

  it('say what is wrong when work waits for a transaction that waits for it', async () => {
    const work = db.isolate(() =>
      db.as(ACME, async () => {
        const runner = db.source.createQueryRunner();
        await runner.startTransaction();
        try {
          await runner.manager.save(Label, { name: 'held' });
          return await labels().count();
        } finally {
          await runner.rollbackTransaction();
          await runner.release();
        }
      }),
    );

    await expect(work).rejects.toThrow(AcquireTimeoutError);
    await expect(names()).resolves.toEqual(['from the start']);
  });

  it('bind every statement to its tenant, in the same transaction', async () => {
    await db.isolate(async () => {
      const customer = await db.as(ACME, () =>
        db.repository(Customer).save({ email: 'anna@acme.example' }),
      );
      const sql = `update customers set email = 'taken' where id = '${customer.id}' returning id`;
      await expect(db.as(GLOBEX, () => db.source.query(sql))).resolves.toEqual([[], 0]);
      await expect(
        db.as(GLOBEX, () => db.repository(Customer).findOneBy({ id: customer.id })),
      ).resolves.toBeNull();
      await expect(
        db.as(ACME, () => db.repository(Customer).findOneBy({ id: customer.id })),
      ).resolves.toMatchObject({ email: 'anna@acme.example' });
    });
  });
});
