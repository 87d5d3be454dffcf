import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  AttestationError,
  Audited,
  AuditBulkLimitError,
  AuditRefusedError,
  EntityRefusedError,
  InvalidContextError,
  InvalidInputError,
  TenantContext,
  TenantEntity,
  TenantManyToOne,
  auditRaw,
  createDataSource,
  uuidV7,
} from 'nestjs-rowguard';
import { Column, Entity, Tree, TreeChildren, TreeParent } from 'typeorm';
import {
  LEDGER,
  LedgerAccount,
  LedgerDraft,
  LedgerGroup,
  type LedgerSource,
  ORM_SERVERS,
  Sketch,
  asAnn,
  openEmbeddedLedger,
  openOrmLedger,
} from '../../support/audit/ledger.js';
import { LedgerWorld } from '../../support/audit/ledger-world.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME } from '../../support/shop.js';

const RAW: readonly [string, string][] = [
  ['an update', `update accounts set name = 'x' where tenant_id = $1`],
  ['a qualified name', `update only public."accounts" set name = 'x' where tenant_id = $1`],
  ['an insert', `insert into accounts (tenant_id, name) values ($1, 'x')`],
  ['a delete', `delete from only (accounts) where tenant_id = $1`],
  ['a comment in between', `update/* ; */accounts set name = 'x' where tenant_id = $1`],
  [
    'MERGE',
    `merge into accounts a using (values ('one')) v(name) on a.name = v.name and a.tenant_id = $1 when matched then update set name = 'x'`,
  ],
  [
    'a writing common table expression',
    `with changed as (update accounts set name = 'x' where tenant_id = $1 returning id) select count(*) from changed`,
  ],
  ['EXPLAIN that runs it', `explain (analyze) delete from accounts where tenant_id = $1`],
];

describe.each(ORM_SERVERS)('what the application cannot audit on %s', (_, open) => {
  let ledger: LedgerSource;
  let world: LedgerWorld;

  beforeAll(async () => {
    ledger = await open({ audit: { maxRows: 5 } });
    world = new LedgerWorld(ledger);
  });
  afterAll(() => ledger.close());
  beforeEach(() => world.begin());
  // One by one: the limit holds for whoever tidies up as well.
  afterEach(() =>
    asAnn(async () => {
      const groups = ledger.source.getRepository(LedgerGroup);
      for (const { id } of await groups.find({ withDeleted: true })) await groups.delete(id);
    }),
  );

  const names = () =>
    asAnn(async () => (await world.written.accounts.find()).map((one) => one.name).toSorted());
  const unchanged = async () => {
    expect(await names()).toEqual(['one', 'two']);
    expect(await world.told()).toEqual([]);
  };

  it.each(RAW)('is refused before it is sent: %s', async (_name, sql) => {
    const { source } = ledger;
    const attempts = [
      () => asAnn(() => source.query(sql, [ACME])),
      () => TenantContext.runAsSystem('a look', () => source.query(sql, [ACME])),
      () => asAnn(() => source.transaction(() => source.query(sql, [ACME]))),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'ROWGUARD_AUDIT_REFUSED',
        given: { entity: 'LedgerAccount', table: 'accounts' },
      });
    }
    await unchanged();
  });

  it('is refused as a stream, and past the query runner', async () => {
    const { source } = ledger;
    const sql = `update accounts set name = 'x' where tenant_id = $1 returning id`;
    await asAnn(async () => {
      const runner = source.createQueryRunner();
      try {
        const stream = await runner.stream(sql, [ACME]);
        const failed = new Promise((resolve) => stream.once('error', resolve));
        stream.resume();
        await expect(failed).resolves.toBeInstanceOf(AuditRefusedError);
        const client = (await runner.connect()) as {
          query(text: string, values: unknown[]): Promise<unknown>;
        };
        await expect(client.query(sql, [ACME])).rejects.toBeInstanceOf(AuditRefusedError);
      } finally {
        await runner.release();
      }
    });
    await unchanged();
  });

  it('is refused where the transaction would end past what writes its log', async () => {
    const runner = await asAnn(() => Promise.resolve(ledger.source.createQueryRunner()));
    await asAnn(async () => {
      await runner.startTransaction();
      await runner.manager.insert(LedgerAccount, { name: 'x' });
      const client = (await runner.connect()) as { query(given: unknown): Promise<unknown> };
      for (const end of ['commit', 'rollback', '/**/end', { text: 'savepoint one' }])
        await expect(client.query(end)).rejects.toBeInstanceOf(AuditRefusedError);
      await client.query('select 1');
      await runner.rollbackTransaction();
      await client.query('begin');
      await client.query('rollback');
      await runner.release();
    });
    await unchanged();
  });

  it('is refused where the statement of a builder is sent by hand', async () => {
    const [sql, parameters] = await asAnn(() =>
      Promise.resolve(
        world.written.accounts
          .createQueryBuilder()
          .update()
          .set({ balance: '1' })
          .getQueryAndParameters(),
      ),
    );
    const client = async () => {
      const runner = ledger.source.createQueryRunner();
      try {
        const connection = (await runner.connect()) as {
          query(text: string, values: unknown[]): Promise<unknown>;
        };
        await connection.query(sql, parameters);
      } finally {
        await runner.release();
      }
    };

    await expect(asAnn(client)).rejects.toBeInstanceOf(AuditRefusedError);
    await unchanged();
    await asAnn(() => ledger.source.query(sql, parameters));
    expect(await world.operations()).toEqual(['update accounts', 'update accounts']);
  });

  it('is refused where a builder writes inside the statement of another', async () => {
    const { accounts, entries } = world.written;
    await asAnn(async () => {
      const inner = accounts.createQueryBuilder().update().set({ name: 'x' }).returning('id');
      const reading = entries
        .createQueryBuilder('entry')
        .addCommonTableExpression(inner, 'changed')
        .where('entry.accountId IN (SELECT id FROM changed)');
      await expect(reading.getMany()).rejects.toBeInstanceOf(AuditRefusedError);
      const writing = entries
        .createQueryBuilder()
        .addCommonTableExpression(inner, 'changed')
        .update()
        .set({ text: 'x' })
        .where('account_id IN (SELECT id FROM changed)');
      await expect(writing.execute()).rejects.toBeInstanceOf(AuditRefusedError);
    });
    await unchanged();
  });

  it('is refused with what to do instead: clear()', async () => {
    await expect(asAnn(() => world.written.entries.clear())).rejects.toThrow(/delete\(\)/);
    await expect(
      TenantContext.runAsSystem('clearing', () => world.written.entries.clear()),
    ).rejects.toMatchObject({ code: 'ROWGUARD_AUDIT_REFUSED' });
    await expect(
      TenantContext.runAsSystem('clearing', () =>
        ledger.source.query('truncate table sketches, only (entries) cascade'),
      ),
    ).rejects.toBeInstanceOf(AuditRefusedError);
    await expect(asAnn(() => world.written.entries.count())).resolves.toBe(1);
  });

  it('is refused in a block of code that names the table', async () => {
    await expect(
      TenantContext.runAsSystem('a block', () =>
        ledger.source.query(`do $$ begin delete from entries; end $$`),
      ),
    ).rejects.toBeInstanceOf(AuditRefusedError);
  });

  it('leaves reading and locking, and other tables, alone', async () => {
    const { source } = ledger;
    await asAnn(async () => {
      await source.query('select name from accounts for update of accounts skip locked');
      await source.query(`select 'update accounts set x' as "delete from accounts"`);
      await source.query('explain update accounts set name = name');
      await source.query(`insert into sketches (text) values ('x')`);
      await source
        .getRepository(Sketch)
        .clear()
        .catch(() => undefined);
      await world.written.accounts
        .createQueryBuilder('account')
        .setLock('pessimistic_write')
        .useTransaction(true)
        .getMany()
        .catch(() => undefined);
    });
    await unchanged();
  });

  it('is let through for a reason, which is written down in its place', async () => {
    const { source } = ledger;
    const answer = await asAnn(() =>
      auditRaw(source, 'imported prices', async () => {
        await source.query(`update accounts set balance = 1 where tenant_id = $1`, [ACME]);
        await world.written.accounts.insert({ name: 'three' });
        return 'done';
      }),
    );

    expect(answer).toBe('done');
    expect((await world.told()).map((row) => [row.op, row.source, row.action, row.meta])).toEqual([
      ['note', 'manual', 'raw SQL', { reason: 'imported prices' }],
      ['insert', 'orm', null, {}],
    ]);
  });

  it('leaves neither change nor note if the work for that reason fails', async () => {
    const { source } = ledger;
    const failing = asAnn(() =>
      auditRaw(source, 'imported prices', async () => {
        await source.query(`update accounts set balance = 1 where tenant_id = $1`, [ACME]);
        throw new Error('stop');
      }),
    );

    await expect(failing).rejects.toThrow('stop');
    await unchanged();
  });

  it('wants a reason and some work', async () => {
    const { source } = ledger;
    await expect(asAnn(() => auditRaw(source, '', () => Promise.resolve()))).rejects.toBeInstanceOf(
      InvalidContextError,
    );
    await expect(asAnn(() => auditRaw(source, 'why', undefined as never))).rejects.toBeInstanceOf(
      InvalidInputError,
    );
  });

  it('stops at the limit of rows, with nothing changed', async () => {
    const { source } = ledger;
    const groups = source.getRepository(LedgerGroup);
    await asAnn(async () => {
      await groups.insert(['a', 'b', 'c', 'd'].map((name) => ({ name })));
      await expect(groups.updateAll({ name: 'x' })).resolves.toMatchObject({ affected: 5 });
      await groups.insert({ name: 'e' });
    });
    const before = (await world.told()).length;
    const attempts: (() => Promise<unknown>)[] = [
      () => groups.createQueryBuilder().update().set({ name: 'y' }).execute(),
      () => groups.createQueryBuilder().delete().execute(),
      () => groups.createQueryBuilder().softDelete().execute(),
      () => groups.insert(Array.from({ length: 6 }, (__, at) => ({ name: `n${at}` }))),
      () => groups.save(Array.from({ length: 6 }, (__, at) => ({ name: `n${at}` }))),
    ];
    for (const attempt of attempts) {
      const error = await asAnn(attempt).catch((one: unknown) => one);
      expect(error).toBeInstanceOf(AuditBulkLimitError);
      expect(error).toMatchObject({
        given: { entity: 'LedgerGroup', maxRows: 5 },
        message: expect.stringMatching(/5 rows.*audit\.maxRows.*trigger/),
      });
    }
    expect(await world.told()).toHaveLength(before);
    const left = await asAnn(() => groups.find());
    expect(left.map((one) => one.name).toSorted()).toEqual(['e', 'x', 'x', 'x', 'x', 'x']);
  });

  it('does not count the rows of several statements together', async () => {
    const groups = ledger.source.getRepository(LedgerGroup);
    await asAnn(() =>
      ledger.source.transaction(async () => {
        for (const part of ['a', 'b', 'c'])
          await groups.insert([1, 2, 3, 4].map((at) => ({ name: `${part}${at}` })));
      }),
    );

    expect(await world.told()).toHaveLength(12);
  });

  it('goes on with a warning where the entity says so', async () => {
    const drafts = ledger.source.getRepository(LedgerDraft);
    const nobody = <T>(work: () => Promise<T>) => TenantContext.run({ tenantId: ACME }, work);
    await nobody(() => drafts.insert({ text: 'quiet' }));
    await nobody(() =>
      ledger.source.transaction(async () => {
        await drafts.insert({ text: 'quiet too' });
        await ledger.source.getRepository(Sketch).insert({ text: 'x' });
      }),
    );
    await asAnn(() => drafts.insert({ text: 'named' }));

    await expect(asAnn(() => drafts.count())).resolves.toBe(3);
    expect((await world.told()).map((row) => row.diff?.['text']?.[1])).toEqual(['named']);
  });
});

describe('an upsert whose log the application writes', () => {
  it('tells new rows from rows that were there', async () => {
    // Of the version that tells, whatever server the tests run on.
    const ledger = await openEmbeddedLedger({ audit: { capture: 'orm' } });
    try {
      const world = new LedgerWorld(ledger);
      await world.begin();
      const { accounts, one, two } = world.written;
      await asAnn(() => accounts.update(two.id, { code: 'two' }));
      const before = (await world.told()).length;
      await asAnn(async () => {
        await accounts.upsert(
          [
            { id: one.id, name: 'ONE' },
            { id: uuidV7(), name: 'new' },
          ],
          ['id'],
        );
        await accounts.upsert(
          { id: one.id, name: 'ONE' },
          { conflictPaths: ['id'], skipUpdateIfNoValuesChanged: true },
        );
        await accounts.upsert({ name: 'two', code: 'two', balance: '5' }, ['code']);
      });
      const rows = (await world.told()).slice(before);

      expect(rows.map((row) => [row.op, row.diff?.['name'] ?? row.diff?.['balance']])).toEqual([
        ['update', ['one', 'ONE']],
        ['insert', [null, 'new']],
        ['update', [0, 5]],
      ]);
    } finally {
      await ledger.close();
    }
  });

  it('is refused where the server does not tell', async () => {
    const ledger = await openOrmLedger({ returnsOld: false });
    try {
      const accounts = ledger.source.getRepository(LedgerAccount);
      const upsert = () => asAnn(() => accounts.upsert({ id: uuidV7(), name: 'a' }, ['id']));
      await expect(upsert()).rejects.toMatchObject({
        code: 'ROWGUARD_AUDIT_REFUSED',
        message: expect.stringContaining('PostgreSQL 18'),
      });
    } finally {
      await ledger.close();
    }
  });
});

@Audited({ capture: 'orm' })
@Entity('cascaded')
class Cascaded extends TenantEntity {
  @Column('text')
  text!: string;

  @TenantManyToOne(() => Sketch, { onDelete: 'CASCADE' })
  sketch!: Sketch | null;
}

@Audited({ capture: 'orm' })
@Entity('nested')
@Tree('nested-set')
class Nested extends TenantEntity {
  @Column('text')
  text!: string;

  @TreeChildren()
  children!: Nested[];

  @TreeParent({ onDelete: 'NO ACTION' })
  parent!: Nested | null;
}

describe('an entity whose rows would change unseen', () => {
  it.each([
    ['goes with the rows that it refers to', [Sketch, Cascaded], /cascaded.*sketches.*CASCADE/],
    ['is a tree that TypeORM moves in SQL', [Nested], /materialized-path/],
  ])('is refused at the start, before anything is created: it %s', async (_, entities, text) => {
    const database = await ScratchDatabase.create();
    try {
      const source = createDataSource({ url: database.url, entities });
      const error = await source.initialize().catch((one: unknown) => one);
      expect(error).toBeInstanceOf(EntityRefusedError);
      expect((error as Error).message).toMatch(text);
      const tables = await database.asOwner((client) =>
        client.query(`select 1 from pg_tables where schemaname = 'public'`),
      );
      expect(tables.rows).toEqual([]);
    } finally {
      await database.drop();
    }
  });

  it('is found by its reference in the database as well', async () => {
    const ledger = await openOrmLedger();
    const database = ledger.database as ScratchDatabase;
    await ledger.source.destroy();
    try {
      await database.asOwner((client) =>
        client.query(
          'alter table sketches add unique (id); alter table groups add sketch_id uuid references sketches (id) on delete set null',
        ),
      );
      const again = createDataSource({
        url: database.url,
        entities: LEDGER,
        migrate: 'off',
        audit: { capture: 'orm' },
      });
      const error = await again.initialize().catch((one: unknown) => one);
      expect(error).toBeInstanceOf(AttestationError);
      expect((error as Error).message).toMatch(/public\.groups.*sketch_id_fkey.*sketches/);
    } finally {
      await database.drop();
    }
  });
});
