import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  SharedEntity,
  TenantRecord,
  Tenantless,
  TestFailureError,
} from 'nestjs-rowguard';
import { TestDatabase, expectIsolated } from 'nestjs-rowguard/testing';
import { Column, Entity } from 'typeorm';
import { PLAIN_REFERENCE, PLANTED_DEFECTS } from '../../support/planted-defects.js';
import { Country, Customer, Invoice, Label, Letter, SHOP } from '../../support/shop.js';

const url = process.env['ROWGUARD_TEST_URL'] ?? '';

@Entity('diary_pages')
@Tenantless('a mistake')
class DiaryPage extends SharedEntity {
  @Column('text')
  text!: string;
}

@Entity('readings')
class Reading extends TenantRecord {
  @Column('int')
  value!: number;
}

const entities = [...SHOP, DiaryPage, Reading];

function start(options: DatabaseModuleOptions & { url?: string } = {}): Promise<TestDatabase> {
  const { embedded: _, ...rest } = options;
  return TestDatabase.start({ entities, isolation: 'rollback', ...rest });
}

describe.each([
  ['a server', { url }, PLANTED_DEFECTS],
  ['the embedded engine', {}, PLANTED_DEFECTS.slice(0, 3)],
])('entities that are expected to be isolated on %s', (_, engine, defects) => {
  let db: TestDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    db = await start(engine);
  }, 60_000);

  afterAll(() => db?.stop());

  it.each([[Invoice], [Letter]])(
    'are: %p, by every way and behind each wall alone',
    async (entity) => {
      const report = await expectIsolated(db, entity);

      expect(report.alone).toEqual({ predicate: true, policies: true });
      expect(report.held).toEqual(
        expect.arrayContaining([
          'find',
          'findOneBy its key',
          'count',
          'a query builder',
          'a stream',
          'raw SELECT',
          'update',
          'delete',
          'soft delete',
          'restore',
          'save under its key',
          'upsert onto it',
          'raw UPDATE',
          'raw DELETE',
          'insert with its tenant',
          'raw INSERT with its tenant',
        ]),
      );
      await expect(db.asSystem(() => db.repository(entity as never).count())).resolves.toBe(0);
    },
    60_000,
  );

  it('may be such as nobody changes, and such as somebody makes in another way', async () => {
    const pages = await expectIsolated(db, Reading);
    const made = await expectIsolated(db, Label, {
      make: (tenantId) => db.repository(Label).save({ name: `${tenantId} ${Math.random()}` }),
    });

    expect(pages.skipped).toEqual(expect.arrayContaining(['update', 'delete', 'raw DELETE']));
    expect(pages.held).toEqual(expect.arrayContaining(['find', 'raw SELECT']));
    expect(made.held).toContain('find');
  }, 60_000);

  it.each(defects)('are found out with $name', async ({ sql, told }) => {
    const failure = await db.isolate(async () => {
      await db.source.plan.pinned?.bare(`do $do$ begin ${sql}; end $do$`);
      return expectIsolated(db, Label).catch((error: unknown) => error);
    });

    expect(failure).toBeInstanceOf(TestFailureError);
    expect((failure as Error).message).toContain(told);
  });

  it('are found out with a reference that may lead to another tenant', async () => {
    const failure = await db.isolate(async () => {
      await db.source.plan.pinned?.bare(PLAIN_REFERENCE.sql);
      const make = async () => {
        const customer = await db
          .repository(Customer)
          .save({ email: `${Math.random()}@x.example` });
        return db.repository(Invoice).save({ number: `${Math.random()}`, customerId: customer.id });
      };
      return expectIsolated(db, Invoice, { make }).catch((error: unknown) => error);
    });

    expect(failure).toBeInstanceOf(TestFailureError);
    expect((failure as Error).message).toContain(PLAIN_REFERENCE.told);
  });

  it.each([[DiaryPage], [Country]])('are not: %p, which every tenant sees', async (entity) => {
    await expect(expectIsolated(db, entity)).rejects.toThrow('every tenant sees all');
  });

  it('may be asked about at the same time', async () => {
    const reports = await Promise.all(
      [Invoice, Letter, Label].map((one) => expectIsolated(db, one)),
    );

    for (const report of reports) {
      expect(report).toMatchObject({ alone: { predicate: true, policies: true } });
      expect(report.held).toContain('raw SELECT');
    }
    expect(db.source.plan.walls).toEqual({ predicate: true, policies: true });
  }, 60_000);

  it('have to be entities of the database', async () => {
    class Stranger {
      readonly id = 1;
    }

    await expect(expectIsolated(db, Stranger)).rejects.toThrow('does not know the entity Stranger');
  });

  it('are made by their factory or by the test, and it says so where neither can', async () => {
    const work = expectIsolated(db, Label, {
      make: () => Promise.reject(new Error('the test itself')),
    });

    await expect(work).rejects.toThrow('No row of Label could be made');
  });
});

describe('entities behind one wall', () => {
  it('are asked in the form that signed bindings need', async () => {
    Logger.overrideLogger(false);
    const db = await start({ url, tenancy: { signed: true } });
    const report = await expectIsolated(db, Label).finally(() => db.stop());

    expect(report.alone).toEqual({ predicate: true, policies: true });
  }, 60_000);

  it.each([
    [
      { predicate: true, policies: false },
      { predicate: true, policies: undefined },
    ],
    [
      { predicate: false, policies: true },
      { predicate: undefined, policies: true },
    ],
  ])(
    'are held by it: %j',
    async (walls, alone) => {
      Logger.overrideLogger(false);
      const db = await start({ url, tenancy: { walls } });
      const report = await expectIsolated(db, Label).finally(() => db.stop());

      expect(report.alone).toEqual(alone);
    },
    60_000,
  );
});
