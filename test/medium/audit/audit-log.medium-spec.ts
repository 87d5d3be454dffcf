import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Audit,
  AuditHistory,
  AuditLog,
  AuditPartitions,
  AuditSeal,
  TenantContext,
  createDataSource,
} from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { ANNA, type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { PLACES, asSystem } from '../platform/places.js';

const as = <T>(tenantId: string, work: () => Promise<T>, requestId = 'none') =>
  TenantContext.run({ tenantId, actorId: ANNA, requestId }, work);

/** A row from a time that is over, as nobody but the owner could write it. */
const plant = ({ source }: ShippedSource, id: string, at: string) =>
  runAsOwner('a test', () =>
    source.query(
      `insert into audit_logs (tenant_id, at, op, actor_type, table_name, action, pk)
       values ($1, $2, 'note', 'user', 'notes', 'planted', $3)`,
      [ACME, at, JSON.stringify({ id })],
    ),
  );

describe.each(PLACES)('the audit log on %s', (_, open) => {
  let shipped: ShippedSource;
  let audit: Audit;
  let history: AuditHistory;
  let partitions: AuditPartitions;

  const query = (sql: string) => shipped.source.query<Record<string, unknown>[]>(sql);
  const noted = async (action: string) =>
    (await history.between()).items.filter((one) => one.action === action);

  beforeAll(async () => {
    shipped = await open(['platform']);
    audit = new Audit(shipped.source);
    history = new AuditHistory(shipped.source);
    partitions = new AuditPartitions(shipped.source);
  });
  afterAll(() => shipped.close());

  it('takes a row of the tenant, numbers it and dates it', async () => {
    await as(ACME, () => audit.note('report sent', { pages: 3 }), 'request-7');
    const [read] = await as(ACME, () => noted('report sent'));

    expect(read).toMatchObject({
      tenantId: ACME,
      op: 'note',
      source: 'manual',
      actor: { type: 'user', id: ANNA },
      requestId: 'request-7',
      action: 'report sent',
      meta: { pages: 3 },
    });
    expect(Number(read?.id)).toBeGreaterThan(0);
    expect(Date.now() - (read?.at.getTime() ?? 0)).toBeLessThan(60_000);
  });

  it('shows another tenant nothing of it', async () => {
    await as(ACME, () => audit.note('secret'));

    expect(await as(GLOBEX, () => noted('secret'))).toEqual([]);
    expect(await asSystem(() => noted('secret'))).toHaveLength(1);
  });

  it.each(['UPDATE audit_logs SET op = op', 'DELETE FROM audit_logs', 'TRUNCATE audit_logs'])(
    'refuses to be changed, by a tenant and by system work: %s',
    async (statement) => {
      await as(ACME, () => audit.note('stays'));

      await expect(as(ACME, () => query(statement))).rejects.toMatchObject({
        code: 'ROWGUARD_STATEMENT_REFUSED',
      });
      await expect(asSystem(() => query(statement))).rejects.toThrow(
        /added and never changed|permission denied/,
      );
      expect(await as(ACME, () => noted('stays'))).not.toEqual([]);
    },
  );

  it('cannot be read past its parent, in a partition', async () => {
    await expect(as(ACME, () => query('select * from audit_logs_default'))).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
  });

  it('pages newest first after a cursor, by actor, request and time', async () => {
    const from = new Date(Date.now() - 60_000);
    for (const request of ['1', '2', '3', '4', '5']) {
      await TenantContext.run({ tenantId: ACME, actorId: 'paging', requestId: request }, () =>
        audit.note('paged'),
      );
    }

    const asked = { actorId: 'paging', from };
    const first = await as(ACME, () => history.between(asked, { limit: 3 }));
    const second = await as(ACME, () =>
      history.between(asked, { limit: 3, after: first.next ?? '' }),
    );
    const one = await as(ACME, () => history.byRequest('2'));
    const all = await as(ACME, () => history.byActor('paging', { limit: 5 }));

    expect(first.items.map((row) => row.requestId)).toEqual(['5', '4', '3']);
    expect(second.items.map((row) => row.requestId)).toEqual(['2', '1']);
    expect(second.next).toBeUndefined();
    expect(one.items).toHaveLength(1);
    expect(all.items).toHaveLength(5);
    expect(all.next).toBeUndefined();
  });

  it('makes the partitions of the months to come once, and lists them', async () => {
    const made = await partitions.ensure(12);
    const again = await partitions.ensure(12);

    expect(made.length).toBeGreaterThan(0);
    expect(again).toEqual([]);
    expect(await partitions.list()).toEqual(expect.arrayContaining(made));
    expect(await partitions.list()).not.toContain('audit_logs_default');
  });

  it('refuses to make partitions in the work of a tenant, or none', async () => {
    await expect(as(ACME, () => partitions.ensure())).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
    await expect(as(ACME, () => partitions.list())).rejects.toMatchObject({
      code: 'ROWGUARD_STATEMENT_REFUSED',
    });
    await expect(partitions.ensure(0)).rejects.toMatchObject({ code: 'ROWGUARD_INPUT_INVALID' });
  });

  it('moves what the default partition has caught into the month it belongs to', async () => {
    const old = '2020-02-15T12:00:00.000Z';
    await plant(shipped, 'late', old);

    const made = await partitions.ensure(1);
    const inFebruary = { from: new Date('2020-02-01'), to: new Date('2020-03-01') };
    const { items } = await as(ACME, () => history.between(inFebruary));
    const [place] = await asSystem(() =>
      query(`select tableoid::regclass::text as name from audit_logs where pk = '{"id":"late"}'`),
    );

    expect(made).toContain('audit_logs_2020_02');
    expect(items.map((one) => [one.key, one.at])).toEqual([[{ id: 'late' }, new Date(old)]]);
    expect(place).toEqual({ name: 'audit_logs_2020_02' });
    await plant(shipped, 'later', '2019-01-01T00:00:00Z');
    for (const table of ['audit_logs', 'audit_logs_2020_02', 'audit_logs_default']) {
      await expect(runAsOwner('a test', () => query(`delete from ${table}`))).rejects.toThrow(
        /added and never changed/,
      );
    }
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
    const plan = await as(ACME, () =>
      shipped.source.query(
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
    await plant(shipped, 'old', '2018-05-05T00:00:00Z');
    await new AuditPartitions(shipped.source).ensure(1);

    await shipped.database?.asOwner((client) => client.query('drop table audit_logs_2018_05'));

    const old = { to: new Date('2019-01-01') };
    expect((await as(ACME, () => new AuditHistory(shipped.source).between(old))).items).toEqual([]);
  });

  it('and everything else of the platform can be undone and made again', async () => {
    const url = shipped.database?.url ?? '';
    const source = createDataSource({ url, schema: ['platform'] });
    await source.initialize();

    await source.undoLastMigration();
    await source.undoLastMigration();
    await source.runMigrations();
    await as(ACME, () => new Audit(source).note('again'));

    expect((await as(ACME, () => new AuditHistory(source).between())).items).toHaveLength(1);
    await source.destroy();
  });
});
