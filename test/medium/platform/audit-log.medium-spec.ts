import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditLog, AuditLogRepository, AuditSeal, createDataSource } from 'nestjs-rowguard';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { PLACES, as, asSystem } from './places.js';

const change = (id: string, more: Partial<AuditLog> = {}) => ({
  op: 'update' as const,
  actorType: 'user' as const,
  tableName: 'notes',
  pk: { id },
  diff: { title: ['old', 'new'] as [unknown, unknown] },
  ...more,
});

describe.each(PLACES)('the audit log on %s', (_, open) => {
  let shipped: ShippedSource;
  let logs: AuditLogRepository;

  beforeAll(async () => {
    shipped = await open(['platform']);
    logs = new AuditLogRepository(shipped.source);
  });
  afterAll(() => shipped.close());

  it('takes a row of the tenant, numbers it and dates it', async () => {
    const written = await as(ACME, () => logs.create(change('numbered', { actorId: ANNA })));
    const [read] = (await as(ACME, () => logs.page({ pk: { id: 'numbered' } }))).items;

    expect(read).toMatchObject({
      id: written.id,
      tenantId: ACME,
      op: 'update',
      source: 'manual',
      actorId: ANNA,
      pk: { id: 'numbered' },
      diff: { title: ['old', 'new'] },
    });
    expect(Number(read?.tx)).toBeGreaterThan(0);
    expect(Date.now() - (read?.at.getTime() ?? 0)).toBeLessThan(60_000);
  });

  it('shows another tenant nothing of it', async () => {
    await as(ACME, () => logs.create(change('secret')));

    const seen = await as(GLOBEX, () => logs.page({ pk: { id: 'secret' } }));

    expect(seen.items).toEqual([]);
  });

  it.each(['UPDATE audit_logs SET op = op', 'DELETE FROM audit_logs', 'TRUNCATE audit_logs'])(
    'refuses to be changed, by a tenant and by system work: %s',
    async (statement) => {
      await as(ACME, () => logs.create(change('stays')));

      await expect(as(ACME, () => logs.query(statement))).rejects.toMatchObject({
        code: 'ROWGUARD_STATEMENT_REFUSED',
      });
      await expect(asSystem(() => logs.query(statement))).rejects.toThrow(
        /added and never changed|permission denied/,
      );
      expect((await as(ACME, () => logs.page({ pk: { id: 'stays' } }))).items).not.toEqual([]);
    },
  );

  it('cannot be read past its parent, in a partition', async () => {
    await expect(
      as(ACME, () => logs.query('select * from audit_logs_default')),
    ).rejects.toMatchObject({ code: 'ROWGUARD_STATEMENT_REFUSED' });
  });

  it('pages newest first after a cursor, by row, request and time', async () => {
    const ids = ['1', '2', '3', '4', '5'];
    for (const requestId of ids) await as(ACME, () => logs.create(change('paged', { requestId })));
    const from = new Date(Date.now() - 60_000);

    const first = await as(ACME, () => logs.page({ pk: { id: 'paged' }, from, limit: 3 }));
    const second = await as(ACME, () =>
      logs.page({ pk: { id: 'paged' }, from, limit: 3, after: first.next ?? '' }),
    );
    const one = await as(ACME, () => logs.page({ requestId: '2', to: new Date(Date.now() + 1e4) }));

    expect(first.items.map((row) => row.requestId)).toEqual(['5', '4', '3']);
    expect(second.items.map((row) => row.requestId)).toEqual(['2', '1']);
    expect(second.next).toBeUndefined();
    expect(one.items).toHaveLength(1);
  });

  it.each([
    ['a moment that is none', { from: new Date('x') }],
    ['a time that ends before it begins', { from: new Date(2), to: new Date(1) }],
    ['a page of nothing', { limit: 0 }],
  ])('refuses %s', async (_what, question) => {
    await expect(as(ACME, () => logs.page(question))).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('makes the partitions of the months to come once', async () => {
    const made = await logs.ensurePartitions(12);
    const again = await logs.ensurePartitions(12);

    expect(made.length).toBeGreaterThan(0);
    expect(again).toEqual([]);
  });

  it('refuses to make partitions in the work of a tenant, or none', async () => {
    await expect(as(ACME, () => logs.ensurePartitions())).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
    await expect(logs.ensurePartitions(0)).rejects.toMatchObject({
      code: 'ROWGUARD_INPUT_INVALID',
    });
  });

  it('moves what the default partition has caught into the month it belongs to', async () => {
    const old = new Date('2020-02-15T12:00:00.000Z');
    await as(ACME, () => logs.create(change('late', { at: old })));

    const made = await logs.ensurePartitions(1);
    const [row] = (await as(ACME, () => logs.page({ pk: { id: 'late' } }))).items;
    const [place] = await asSystem(() =>
      logs.query(
        `select tableoid::regclass::text as name from audit_logs where pk = '{"id":"late"}'`,
      ),
    );

    expect(made).toContain('audit_logs_2020_02');
    expect(row?.at).toEqual(old);
    expect(place).toEqual({ name: 'audit_logs_2020_02' });
    await expect(asSystem(() => logs.query('delete from audit_logs'))).rejects.toThrow(
      /added and never changed/,
    );
    await as(ACME, () => logs.create(change('later', { at: new Date('2019-01-01T00:00:00Z') })));
    await expect(asSystem(() => logs.query('delete from audit_logs'))).rejects.toThrow(
      /audit_logs_default are added and never changed|added and never changed/,
    );
  });

  it('keeps its seals away from tenants, and unchanged', async () => {
    const seals = shipped.source.getRepository(AuditSeal);
    const hash = 'a'.repeat(64);
    const seal = {
      fromTx: 1,
      fromId: 1,
      toTx: 2,
      toId: 9,
      count: 9,
      root: hash,
      hash,
      keyId: 'k1',
    };
    await asSystem(() => seals.insert({ ...seal, seq: 1, sig: 'sig' }));

    await expect(as(ACME, () => seals.find())).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
    await expect(asSystem(() => seals.delete({ seq: 1 }))).rejects.toThrow(
      /added and never changed/,
    );
    await expect(asSystem(() => seals.find())).resolves.toMatchObject([{ seq: 1, count: 9 }]);
  });
});

describe('the table of the audit log', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped(['platform']);
  });
  afterAll(() => shipped.close());

  it('has the columns that its entity has, and no others', async () => {
    const columns = await shipped.database?.asOwner(async (client) => {
      const { rows } = await client.query<{ name: string; nullable: boolean }>(
        `select column_name as name, is_nullable = 'YES' as nullable
         from information_schema.columns where table_name = 'audit_logs'`,
      );
      return rows;
    });
    const declared = shipped.source.getMetadata(AuditLog).columns.map((column) => ({
      name: column.databaseName,
      nullable: column.isNullable,
    }));
    const byName = (one: { name: string }, two: { name: string }) => (one.name < two.name ? -1 : 1);

    expect(columns?.toSorted(byName)).toEqual(declared.toSorted(byName));
  });

  it('is partitioned, with the tenant first in its key, and every partition is closed', async () => {
    const facts = await shipped.database?.asOwner(async (client) => {
      const { rows } = await client.query<{ key: string; kind: string; open: number; all: number }>(
        `select pg_get_constraintdef(k.oid) as key, c.relkind::text as kind,
           (select count(*)::int from pg_inherits i join pg_class p on p.oid = i.inhrelid
              where i.inhparent = c.oid and (not p.relrowsecurity or exists (
                select 1 from unnest(array['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) r
                where has_table_privilege('rowguard_app', p.oid, r)))) as open,
           (select count(*)::int from pg_inherits i where i.inhparent = c.oid) as all
         from pg_class c join pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
         where c.relname = 'audit_logs'`,
      );
      return rows[0];
    });

    expect(facts).toEqual({ key: 'PRIMARY KEY (tenant_id, at, id)', kind: 'p', open: 0, all: 5 });
  });

  it('reads only the partitions of the time that was asked for', async () => {
    const logs = new AuditLogRepository(shipped.source);
    const plan = await as(ACME, () =>
      logs.query(
        `explain select * from audit_logs where at >= '2999-01-01' and tenant_id = '${ACME}'`,
      ),
    );

    expect(JSON.stringify(plan)).toContain('audit_logs_default');
    expect(JSON.stringify(plan)).not.toMatch(/audit_logs_20\d\d/);
  });

  it('has been installed without anything that the schema check or the doctor would object to', async () => {
    const url = shipped.database?.url ?? '';
    const again = createDataSource({ url, schema: ['platform'], migrate: 'check' });
    await again.initialize();
    const { findings } = await again.inspect();
    await again.destroy();

    expect(findings.filter((one) => one.severity === 'error')).toEqual([]);
  });

  it('can be dropped by a partition, which is how it is purged', async () => {
    const logs = new AuditLogRepository(shipped.source);
    await as(ACME, () => logs.create(change('old', { at: new Date('2018-05-05T00:00:00Z') })));
    await logs.ensurePartitions(1);

    await shipped.database?.asOwner((client) => client.query('drop table audit_logs_2018_05'));

    expect((await as(ACME, () => logs.page({ pk: { id: 'old' } }))).items).toEqual([]);
  });

  it('and everything else of the platform can be undone and made again', async () => {
    const url = shipped.database?.url ?? '';
    const source = createDataSource({ url, schema: ['platform'] });
    await source.initialize();

    await source.undoLastMigration();
    await source.undoLastMigration();
    await source.runMigrations();
    const logs = new AuditLogRepository(source);
    await as(ACME, () => logs.create(change('again')));

    expect((await as(ACME, () => logs.page())).items).toHaveLength(1);
    await source.destroy();
  });
});
