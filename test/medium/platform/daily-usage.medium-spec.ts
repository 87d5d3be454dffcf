import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrimaryColumn, ViewColumn, ViewEntity } from 'typeorm';
import {
  AttestationError,
  type RowguardDataSource,
  TenantOwned,
  UsageRepository,
  createDataSource,
} from 'nestjs-rowguard';
import { ensureRoles } from '../../../src/schema/roles.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX } from '../../support/shop.js';
import { type ShippedSource, openShipped } from '../../support/shipped-source.js';
import { as, asSystem } from './places.js';

const AT = new Date('2026-03-01T10:00:00.000Z');
const DAY = '2026-03-01';

async function recordAndRefresh(source: RowguardDataSource): Promise<string[]> {
  const usage = new UsageRepository(source);
  await as(ACME, () => usage.record({ metric: 'm', quantity: 2, occurredAt: AT }));
  await as(GLOBEX, () => usage.record({ metric: 'm', quantity: 3, occurredAt: AT }));
  await usage.refreshDaily();
  const [ours] = await as(ACME, () => usage.daily(DAY, DAY));
  const [theirs] = await as(GLOBEX, () => usage.daily(DAY, DAY));
  return [ours?.quantity ?? '', theirs?.quantity ?? ''];
}

describe('the daily usage', () => {
  let shipped: ShippedSource;

  beforeAll(async () => {
    shipped = await openShipped(['platform']);
  });
  afterAll(() => shipped.close());

  it('can be read without waiting while it is refreshed', async () => {
    const usage = new UsageRepository(shipped.source);
    const events = Array.from({ length: 20_000 }, (_, at) => ({
      metric: `metric-${at % 500}`,
      quantity: 1,
      occurredAt: AT,
    }));
    await as(ACME, () => usage.recordMany(events));
    await usage.refreshDaily();
    const refreshed = new AbortController();
    const seen: number[] = [];
    const read = async () => {
      do seen.push((await as(ACME, () => usage.daily(DAY, DAY))).length);
      while (!refreshed.signal.aborted);
    };

    const reading = read();
    await as(ACME, () => usage.record({ metric: 'late', quantity: 1, occurredAt: AT }));
    await shipped.database?.asOwner(async (client) => {
      await client.query('begin');
      await client.query('select count(*) from daily_usage_totals');
      // This reader stays; a refresh that had to wait for it would wait for ever.
      await usage.refreshDaily();
      await client.query('commit');
      await client.query('begin');
      await client.query('refresh materialized view concurrently daily_usage_totals');
      // And this refresh stays; a reader that had to wait for it would wait for ever.
      seen.push((await as(ACME, () => usage.daily(DAY, DAY))).length);
      await client.query('commit');
    });
    refreshed.abort();
    await reading;

    expect(seen.length).toBeGreaterThan(0);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(500);
    await expect(as(ACME, () => usage.daily(DAY, DAY, { metric: 'late' }))).resolves.toHaveLength(
      1,
    );
  });

  it('belongs to the role of the system, which cannot create anything else for it', async () => {
    const facts = await shipped.database?.asOwner(async (client) => {
      const { rows } = await client.query(
        `select c.relname as name, pg_get_userbyid(c.relowner) as owner,
           has_table_privilege('rowguard_app', c.oid, 'SELECT') as readable,
           has_schema_privilege('rowguard_system', 'public', 'CREATE') as creates
         from pg_class c where relname like 'daily_usage%' and relkind in ('v', 'm') order by 1`,
      );
      return rows as unknown[];
    });

    const owner = 'rowguard_system';
    expect(facts).toEqual([
      { name: 'daily_usage', owner, readable: true, creates: false },
      { name: 'daily_usage_totals', owner, readable: false, creates: false },
    ]);
  });
});

/** As an administrator would: roles belong to the server, and other tests may not have made them yet. */
function handRolesTo(own: ScratchDatabase, login: string): Promise<unknown> {
  return own.asOwner(async (client) => {
    await ensureRoles(
      async (sql, values) => (await client.query(sql, values)).rows as never,
      undefined,
    );
    await client.query(
      `grant rowguard_app, rowguard_system, rowguard_audit to ${login} with admin option`,
    );
  });
}

describe('the daily usage, installed by an ordinary owner', () => {
  it('is refreshed with the rows of all tenants, and shows each its own', async () => {
    Logger.overrideLogger(false);
    const own = await ScratchDatabase.create();
    const { name, url } = await own.createLogin('createrole');
    await own.asOwner((client) => client.query(`alter database ${own.name} owner to ${name}`));
    await handRolesTo(own, name);
    await own.asOwner((client) =>
      client.query(`revoke temporary on database ${own.name} from public`),
    );
    const source = createDataSource({ url, schema: ['platform'] });
    await source.initialize();

    await expect(recordAndRefresh(source)).resolves.toEqual(['2', '3']);
    await source.undoLastMigration();
    await source.runMigrations();
    await expect(recordAndRefresh(source)).resolves.toEqual(['4', '6']);
    await source.destroy();
    await own.drop();
  });

  it('and used by a plain login is refreshed by the one of the administrator', async () => {
    Logger.overrideLogger(false);
    const own = await ScratchDatabase.create();
    const { url } = await own.createLogin();
    const source = createDataSource({ url, adminUrl: own.url, schema: ['platform'] });
    await source.initialize();

    await expect(recordAndRefresh(source)).resolves.toEqual(['2', '3']);
    await source.destroy();
    await own.drop();
  });

  it('says what the owner of the database has to grant where it may not itself', async () => {
    Logger.overrideLogger(false);
    const own = await ScratchDatabase.create();
    const { name, url } = await own.createLogin();
    await own.asOwner((client) => client.query(`grant all on schema public to ${name}`));
    await handRolesTo(own, name);
    const source = createDataSource({ url, schema: ['platform'] });
    const printed = jest.spyOn(console, 'log').mockImplementation(() => undefined);

    await expect(source.initialize()).rejects.toThrow(/GRANT CREATE ON SCHEMA "public" TO/);
    await expect(source.initialize()).rejects.toMatchObject({
      cause: expect.any(AttestationError),
    });
    printed.mockRestore();
    await own.drop();
  });
});

const TENANT = `tenant_id = (SELECT nullif(current_setting('rowguard.tenant_id', true), '')::uuid)`;
const COLUMNS = 'tenant_id, day, metric, quantity, events';
const view = (body: string, options = 'with (security_barrier = true)') =>
  `create or replace view daily_usage ${options} as ${body}`;

describe('a view that reads with the rights of the system', () => {
  let shipped: ShippedSource;
  let original: string;

  beforeAll(async () => {
    shipped = await openShipped(['platform']);
    original = view(`select ${COLUMNS} from daily_usage_totals where ${TENANT}`);
  });
  afterAll(() => shipped.close());

  async function start(migrate: 'off' | 'safe'): Promise<void> {
    const source = createDataSource({
      url: shipped.database?.url ?? '',
      schema: ['platform'],
      migrate,
    });
    await source.initialize();
    await source.destroy();
  }

  const run = (sql: string) => shipped.database?.asOwner((client) => client.query(sql));

  it.each([
    ['has no condition', `select ${COLUMNS} from daily_usage_totals`],
    ['is true for more', `select ${COLUMNS} from daily_usage_totals where ${TENANT} or true`],
    [
      'is true for more rows',
      `select ${COLUMNS} from daily_usage_totals where ${TENANT} or events > 0`,
    ],
    [
      'asks another setting',
      `select ${COLUMNS} from daily_usage_totals where ${TENANT.replace('rowguard.tenant_id', 'app.tenant')}`,
    ],
    [
      'adds the rows of others',
      `select ${COLUMNS} from daily_usage_totals where ${TENANT} union all select ${COLUMNS} from daily_usage_totals`,
    ],
    [
      'joins the rows of others',
      `select mine.tenant_id, others.day, others.metric, others.quantity, others.events
       from daily_usage_totals mine, daily_usage_totals others where mine.${TENANT}`,
    ],
    [
      'asks for them in a column',
      `select tenant_id, day, metric, (select sum(quantity) from daily_usage_totals) as quantity, events
       from daily_usage_totals where ${TENANT}`,
    ],
  ])('is refused when it %s', async (_, body) => {
    await run(view(body));
    try {
      await expect(start('off')).rejects.toThrow(/does not keep to the one in hand/);
      await expect(start('safe')).rejects.toBeInstanceOf(AttestationError);
    } finally {
      await run(original);
    }
    await start('off');
  });

  it('is refused when it lets a condition look past it, and mended by an owner who may', async () => {
    await run('alter view daily_usage reset (security_barrier)');

    await expect(start('off')).rejects.toThrow(/security_barrier = true/);
    await start('safe');

    await start('off');
  });

  it('is refused when tenants may read the rows below it', async () => {
    await run('grant select on daily_usage_totals to rowguard_app');
    const { findings } = await shipped.source.inspect();
    await run('revoke select on daily_usage_totals from rowguard_app');

    expect(findings.map((one) => one.rule)).toContain('materialized-view-open');
  });
});

@ViewEntity({ name: 'daily_usage_totals', synchronize: false })
class BareTotals extends TenantOwned {
  @PrimaryColumn({ type: 'date' })
  day!: string;

  @ViewColumn()
  metric!: string;
}

describe('an entity that asks a materialized view for the rows of a tenant', () => {
  it('is refused, and tenants are granted nothing', async () => {
    const shipped = await openShipped(['platform']);
    const source = createDataSource({
      url: shipped.database?.url ?? '',
      schema: ['platform'],
      entities: [BareTotals],
    });

    await expect(source.initialize()).rejects.toThrow(/materialized view cannot have/);
    const rows = await asSystem(() =>
      shipped.source.query<{ readable: boolean }[]>(
        `select has_table_privilege('rowguard_app', 'daily_usage_totals', 'SELECT') as readable`,
      ),
    );
    await shipped.close();

    expect(rows).toEqual([{ readable: false }]);
  });
});
