import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type RowguardDataSource,
  Audited,
  TenantEntity,
  TenantManyToOne,
  TestDatabaseError,
} from 'nestjs-rowguard';
import { TestDatabase, clearTestDatabase } from 'nestjs-rowguard/testing';
import { Column, Entity } from 'typeorm';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { onServer, withDatabase, withLogin } from '../../../src/testing/database/admin.js';
import { ACME, Country, GLOBEX, Label, SHOP } from '../../support/shop.js';

const server = process.env['ROWGUARD_TEST_URL'] ?? '';
const OWNER = `rowguard_owner_${randomBytes(4).toString('hex')}`;

@Entity('ledgers')
@Audited()
class Account extends TenantEntity {
  @Column('text')
  name!: string;

  @TenantManyToOne(() => Account)
  parent!: Account | null;

  parentId!: string | null;
}

@Entity('ledger_bookings')
@Audited()
class Booking extends TenantEntity {
  @TenantManyToOne(() => Account, { nullable: false })
  account!: Account;

  accountId!: string;
}

const seed = async (source: RowguardDataSource): Promise<void> => {
  await source.manager.insert(Country, { code: 'AT' });
  const main = await source.manager.save(Account, { tenantId: ACME, name: 'main' });
  await source.manager.save(Account, { tenantId: ACME, name: 'part', parentId: main.id });
  await source.manager.save(Booking, { tenantId: ACME, accountId: main.id });
  await source.manager.insert(Label, { tenantId: ACME, name: 'seeded' });
};

const ENTITIES = [...SHOP, Account, Booking];

describe.each([
  ['the embedded engine', {}],
  ['a server, as a superuser', { url: server }],
  ['a server, as no more than an owner', { url: withLogin(server, OWNER, 'secret') }],
])('what tests have written into %s', (_, engine) => {
  let db: TestDatabase;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    if ('url' in engine) await onServer(server, (client) => client.query(makeOwner()));
    db = await TestDatabase.start({
      ...engine,
      schema: ['identity'],
      entities: ENTITIES,
      isolation: 'truncate',
      seed,
    });
  }, 120_000);

  afterAll(async () => {
    await db?.stop();
    await onServer(server, (client) =>
      client.query(`drop owned by ${OWNER}; drop role if exists ${OWNER}`),
    ).catch(() => undefined);
  });

  it('is taken out after each, also where nobody may delete, and the seed is there again', async () => {
    const before = await contentsOf(db);
    const { findings } = await db.source.inspect();
    const during = await db.isolate(async () => {
      const tenantId = await db.createTenant();
      await db.as(tenantId, () => db.repository(Label).save({ name: 'urgent' }));
      await db.asUser({ tenantId: GLOBEX, userId: GLOBEX }, async () => {
        const account = await db.repository(Account).save({ name: 'other' });
        await db.repository(Booking).save({ accountId: account.id });
      });
      await db.asSystem(() => db.source.query(`update countries set code = 'DE'`));
      const contents = await contentsOf(db);
      await runAsOwner('a test', () => db.source.query('truncate labels cascade'));
      return contents;
    });
    const after = await contentsOf(db);

    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(['ledgers', 'ledger_bookings', 'countries', 'labels', 'migrations']),
    );
    expect(Object.keys(during)).toEqual(expect.arrayContaining(['labels', 'tenants']));
    expect(during).not.toEqual(before);
    expect(after).toEqual(before);
    expect((await db.source.inspect()).findings).toEqual(findings);
  }, 60_000);

  it('is written under the same walls and triggers after it was emptied', async () => {
    await db.clear();
    const before = await contentsOf(db);
    const during = await db.isolate(async () => {
      await db.asUser({ tenantId: GLOBEX, userId: GLOBEX }, async () => {
        await db.repository(Account).save({ name: 'other' });
        await expect(db.repository(Account).count()).resolves.toBe(1);
      });
      return contentsOf(db);
    });

    expect(entriesOf(during)).toBe(entriesOf(before) + 1);
    expect(entriesOf(before)).toBeGreaterThan(0);
  }, 60_000);
});

describe('a test database', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('is cleared only if it has noted what was in it at the start', async () => {
    const db = await TestDatabase.start({ url: server, entities: ENTITIES, seed });

    await expect(db.clear()).rejects.toThrow(TestDatabaseError);
    await expect(clearTestDatabase(db)).rejects.toThrow("isolation: 'truncate'");
    await expect(db.asSystem(() => db.repository(Country).count())).resolves.toBe(1);
    await Promise.all([db.stop(), db.stop()]);
  }, 60_000);
});

function makeOwner(): string {
  const roles = ['rowguard_app', 'rowguard_system', 'rowguard_audit'];
  const made = roles.map(
    (role) => `if to_regrole('${role}') is null then create role ${role} nologin; end if;
      grant ${role} to ${OWNER} with admin option;`,
  );
  return `do $$ begin
    if to_regrole('${OWNER}') is null then
      create role ${OWNER} login nosuperuser createdb createrole password 'secret';
      ${made.join('\n')}
    end if;
  end $$`;
}

/** How many rows each table has that has some; past every wall. */
async function contentsOf(db: TestDatabase): Promise<Record<string, number>> {
  const sql = `select c.relname as name, (xpath('/row/n/text()', query_to_xml(
      format('select count(*) as n from %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::int as n
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and n.nspname = 'public' order by 1`;
  const rows = await runPastWalls<{ name: string; n: number }>(db, sql);
  return Object.fromEntries(rows.filter(({ n }) => n > 0).map(({ name, n }) => [name, n]));
}

async function runPastWalls<Row extends object>(db: TestDatabase, sql: string): Promise<Row[]> {
  if (!URL.canParse(db.address)) return runAsOwner('a look', () => db.source.query<Row[]>(sql));
  const { pathname } = new URL(db.address);
  const { rows } = await onServer(withDatabase(server, pathname.slice(1)), (client) =>
    client.query<Row>(sql),
  );
  return rows;
}

function entriesOf(contents: Record<string, number>): number {
  const logs = Object.entries(contents).filter(([name]) => name.startsWith('audit_log'));
  return logs.reduce((sum, [, count]) => sum + count, 0);
}
