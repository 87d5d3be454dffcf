import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Audited, AuditLog, TenantContext, TenantEntity, createDataSource } from 'nestjs-rowguard';
import { Column, Entity } from 'typeorm';
import { AuditGuard } from '../../../src/audit/audit-guard.js';
import type { AuditPlan } from '../../../src/audit/audit-plan.js';
import { captureName } from '../../../src/audit/capture-function.js';
import {
  LEDGER,
  LEDGER_PLACES,
  LedgerAccount,
  type LedgerSource,
  Sketch,
  asAnn,
  openLedger,
} from '../../support/ledger.js';
import { wholeLog } from '../../support/audit/write-ledger.js';
import { ScratchDatabase } from '../../support/scratch-database.js';
import { ACME, GLOBEX } from '../../support/shop.js';

const LONG = 'ü'.repeat(31);
/** Names that a generated function could trip over. */
const HOSTILE = [
  'old',
  'new',
  'n',
  'o',
  'r',
  'd',
  'who',
  'tenant',
  'op',
  'pk',
  'diff',
  'tg_op',
  'select',
  'actor_type',
  "a'b",
  'a\\b',
  'a:[b',
  'ключ',
  '$rowguard$',
  '$$',
  '%',
  '--',
  '/*',
  'rowguard_who',
  LONG,
];

@Audited()
@Entity('odd table')
class Odd extends TenantEntity {
  [column: string]: unknown;
}
for (const name of HOSTILE)
  Column('text', { name, nullable: true })(Odd.prototype, `p${HOSTILE.indexOf(name)}`);

@Audited()
@Entity('sketches')
class TriggerWriter extends TenantEntity {
  @Column('text')
  text!: string;
}

/** The same table, in the next version of the application. */
@Audited({ capture: 'orm' })
@Entity('sketches')
class OwnWriter extends TenantEntity {
  @Column('text')
  text!: string;
}

/** The table of the ledger, as a part of the application sees it that does not audit it. */
@Entity({ name: 'accounts', synchronize: false })
class PlainAccount extends TenantEntity {
  @Column('text')
  name!: string;
}

@Audited({ onError: 'warn' })
@Entity('wide')
class Wide extends TenantEntity {
  [column: string]: unknown;
}
for (let at = 0; at < 230; at++) Column('int', { nullable: true })(Wide.prototype, `c${at}`);

describe.each(LEDGER_PLACES)('captures of odd tables on %s', (_, open) => {
  let ledger: LedgerSource;
  const last = async () =>
    (
      await TenantContext.runAsSystem('looking', () =>
        ledger.source.getRepository(AuditLog).find({ order: { id: 'DESC' }, take: 1 }),
      )
    )[0];

  beforeAll(async () => {
    ledger = await open({ entities: [...LEDGER, Odd, Wide] });
  });
  afterAll(() => ledger.close());

  it.each(HOSTILE)('record a column named %s', async (name) => {
    const property = `p${HOSTILE.indexOf(name)}`;
    const odd = ledger.source.getRepository(Odd);
    const row = await asAnn(() => odd.save({ [property]: 'before' } as never as Odd));
    await asAnn(() => odd.update((row as { id: string }).id, { [property]: 'after' }));
    expect((await last())?.diff).toMatchObject({ [name]: ['before', 'after'] });

    await asAnn(() => odd.delete((row as { id: string }).id));
    expect((await last())?.diff).toMatchObject({ [name]: ['after', null] });
  });

  it('record more columns than a function of PostgreSQL takes arguments', async () => {
    const wide = ledger.source.getRepository(Wide);
    const values = Object.fromEntries(Array.from({ length: 230 }, (__, at) => [`c${at}`, at]));
    await asAnn(() => wide.insert(values as never));

    expect((await last())?.diff).toMatchObject({
      c0: [null, 0],
      c115: [null, 115],
      c229: [null, 229],
    });
    expect(Object.keys((await last())?.diff ?? {}).length).toBeGreaterThan(230);
  });
});

describe('what only the owner of the tables can do', () => {
  let ledger: LedgerSource;
  const owner = (...statements: string[]) =>
    ledger.database?.asOwner(async (client) => {
      for (const statement of statements) await client.query(statement);
    }) ?? Promise.reject(new Error('a server is needed'));
  const told = (op: string) =>
    TenantContext.runAsSystem('looking', () =>
      ledger.source
        .getRepository(AuditLog)
        .find({ where: { op: op as 'insert' }, order: { tenantId: 'ASC', id: 'ASC' } }),
    );

  beforeAll(async () => {
    ledger = await openLedger();
  });
  afterAll(() => ledger.close());

  it('is attributed to the login: COPY', async () => {
    await owner(
      `copy accounts (tenant_id, name) from program 'printf "${ACME}\\\\tcopied\\\\n${GLOBEX}\\\\tcopied\\\\n"'`,
    );
    const rows = (await told('insert')).filter((row) => row.diff?.['name']?.[1] === 'copied');

    expect(rows.map((row) => [row.tenantId, row.actorType, row.diff?.['name']])).toEqual([
      [ACME, 'database', [null, 'copied']],
      [GLOBEX, 'database', [null, 'copied']],
    ]);
    expect(rows[0]?.actorId).not.toBeNull();
  });

  it('leaves a row for each tenant that had some: TRUNCATE', async () => {
    await asAnn(() =>
      ledger.source.getRepository(LedgerAccount).insert([{ name: 'a' }, { name: 'b' }]),
    );
    const counts = await TenantContext.runAsSystem('counting', () =>
      ledger.source.query<{ tenant: string; rows: number }[]>(
        'select tenant_id as tenant, count(*)::int as rows from accounts group by 1 order by 1',
      ),
    );
    await owner('truncate accounts cascade', 'truncate accounts cascade');

    expect(
      (await told('truncate'))
        .filter((row) => row.tableName === 'accounts')
        .map((row) => ({ tenant: row.tenantId, rows: row.meta['rows'] })),
    ).toEqual(counts);
  });

  it('reads the same whatever the session likes to see', async () => {
    await owner(
      `set timezone = 'Asia/Tokyo'; set bytea_output = escape; set extra_float_digits = -3; insert into accounts (tenant_id, name, stamp, seen_at) values ('${ACME}', 'tokyo', decode('00ff', 'hex'), '2026-01-01T00:00:00.123456Z')`,
    );
    const row = (await told('insert')).find((one) => one.diff?.['name']?.[1] === 'tokyo');

    expect(row?.diff).toMatchObject({
      stamp: [null, '\\x00ff'],
      seen_at: [null, '2026-01-01T00:00:00.123456+00:00'],
    });
  });
});

const PLAN: AuditPlan = {
  schema: 'public',
  table: '',
  entity: 'Strange',
  capture: 'trigger',
  onError: 'fail',
  key: [],
  tenantColumn: undefined,
  deletedColumn: undefined,
  exclude: [],
  mask: [],
  ignore: [],
};

const DRIFTS: readonly [string, string[], RegExp][] = [
  [
    'a trigger is gone',
    ['drop trigger rowguard_audit_update on accounts'],
    /rowguard_audit_update is missing/,
  ],
  [
    'a trigger is switched off',
    ['alter table accounts disable trigger rowguard_audit_delete'],
    /rowguard_audit_delete is switched off/,
  ],
  [
    'all triggers are switched off',
    ['alter table accounts disable trigger all'],
    /is switched off/,
  ],
  [
    'a trigger has a condition',
    [
      'drop trigger rowguard_audit_truncate on accounts',
      `create trigger rowguard_audit_truncate before truncate on accounts for each statement when (false) execute function rowguard_capture_accounts()`,
    ],
    /rowguard_audit_truncate is not the one/,
  ],
  [
    'a trigger calls something else',
    [
      `create function elsewhere() returns trigger language plpgsql as 'begin return null; end'`,
      'drop trigger rowguard_audit_insert on accounts',
      `create trigger rowguard_audit_insert after insert on accounts referencing new table as "rowguard new" for each statement execute function elsewhere()`,
    ],
    /rowguard_audit_insert is not the one/,
  ],
  ['a column was added', ['alter table accounts add nickname text'], /does not record nickname/],
  [
    'a column was renamed',
    ['alter table accounts rename name to title'],
    /does not record title and asks for name/,
  ],
  ['a column was dropped', ['alter table accounts drop tags'], /asks for tags/],
  [
    'a function was replaced',
    [
      `create or replace function rowguard_capture_accounts() returns trigger language plpgsql security definer as 'begin return null; end'`,
    ],
    /rowguard_capture_accounts does not record/,
  ],
  [
    'a function runs as somebody else',
    ['alter function rowguard_capture_accounts() owner to current_user'],
    /rowguard_capture_accounts is not the one/,
  ],
  [
    'a function lost its search path',
    ['alter function rowguard_audit_append reset search_path'],
    /rowguard_audit_append is not the one/,
  ],
  [
    'everybody may call what writes',
    ['grant execute on function rowguard_audit_append to public'],
    /rowguard_audit_append is not the one/,
  ],
  [
    'the role of the log lost its rights',
    ['revoke insert on audit_logs from rowguard_audit'],
    /rights of rowguard_audit/,
  ],
  [
    'the role of the log sees nothing',
    ['drop policy rowguard_audit_access on accounts'],
    /does not see the rows of all tenants/,
  ],
];

describe('at the start', () => {
  it.each(DRIFTS)('it is noticed that %s', async (_what, statements, named) => {
    const ledger = await openLedger();
    const url = ledger.database?.url ?? '';
    await ledger.source.destroy();
    await ledger.database?.asOwner(async (client) => {
      for (const statement of statements) await client.query(statement);
    });
    const start = async (migrate: 'off' | 'safe') => {
      const source = createDataSource({ url, entities: LEDGER, migrate });
      try {
        await source.initialize();
        return 'started';
      } catch (error) {
        return (error as Error).message;
      } finally {
        if (source.isInitialized) await source.destroy();
      }
    };

    expect(await start('off')).toMatch(named);
    const differs = /column/.test(_what);
    expect(await start('safe')).toMatch(differs ? /started|differ/ : /^started$/);
    await ledger.database?.drop();
  });

  it('captures a table whose names hold quotes, which TypeORM could not write', async () => {
    const own = await ScratchDatabase.create();
    const source = createDataSource({ url: own.url, schema: ['platform'] });
    await source.initialize();
    const [row] = await own.asOwner(async (client) => {
      await client.query(
        'create table "ta""ble $rowguard$" ("i""d" int primary key, "n\'a""me" text)',
      );
      const run = async (sql: string, values?: unknown[]) => (await client.query(sql, values)).rows;
      const plan = { ...PLAN, table: 'ta"ble $rowguard$', key: ['i"d'] };
      await new AuditGuard(run as never, [plan], 'public').mend();
      await client.query(`insert into "ta""ble $rowguard$" values (1, 'x')`);
      return (await client.query('select op, pk, diff, tenant_id from audit_logs'))
        .rows as unknown[];
    });
    await source.destroy();
    await own.drop();

    expect(row).toEqual({
      op: 'insert',
      pk: { 'i"d': 1 },
      diff: { 'i"d': [null, 1], [`n'a"me`]: [null, 'x'] },
      tenant_id: '00000000-0000-0000-0000-000000000000',
    });
  });

  it('gives functions of long names a name that fits, and tells two apart', () => {
    const names = ['x'.repeat(63), `${'x'.repeat(62)}y`, LONG, `${LONG}x`].map(captureName);

    expect(new Set(names).size).toBe(4);
    expect(names.every((name) => Buffer.byteLength(name) <= 63 && !name.includes('\uFFFD'))).toBe(
      true,
    );
  });

  it.each([
    ['knows the tables, and audits none', [PlainAccount, Sketch], 'warning'],
    ['does not know the tables', [Sketch], undefined],
  ])('leaves the triggers of others alone, if it %s', async (_what, entities, severity) => {
    const ledger = await openLedger();
    const url = ledger.database?.url ?? '';
    const source = createDataSource({ url, entities });
    await source.initialize();
    const { findings } = await source.inspect();
    await source.destroy();
    await asAnn(() => ledger.source.getRepository(LedgerAccount).insert({ name: 'still told' }));
    const rows = await wholeLog(ledger);
    await ledger.close();

    expect(rows.map((row) => row.op)).toEqual(['insert']);
    const stray = findings.filter(
      (one) => one.rule === 'audit-stray' && /accounts/.test(one.subject),
    );
    expect([...new Set(stray.map((one) => one.severity))]).toEqual(severity ? [severity] : []);
  });

  it("takes triggers away for the other writer only with migrate: 'all'", async () => {
    const ledger = await openLedger();
    const url = ledger.database?.url ?? '';
    const start = async (migrate: 'safe' | 'all') => {
      const source = createDataSource({ url, entities: [OwnWriter], schema: 'none', migrate });
      await source.initialize();
      return source;
    };
    const triggers = () =>
      ledger.database?.asOwner(async (client) => {
        const { rows } = await client.query<{ n: number }>(
          `select count(*)::int as n from pg_trigger where tgrelid = 'sketches'::regclass and starts_with(tgname, 'rowguard_audit')`,
        );
        return rows[0]?.n;
      });
    const before = createDataSource({ url, entities: [TriggerWriter], schema: 'none' });
    await before.initialize();

    await expect(start('safe')).rejects.toMatchObject({
      code: 'ROWGUARD_ATTESTATION_FAILED',
      mend: expect.stringContaining("migrate: 'all'"),
    });
    expect(await triggers()).toBe(4);
    await asAnn(() => before.getRepository(TriggerWriter).insert({ text: 'still told' }));
    await before.destroy();
    const after = await start('all');
    expect(await triggers()).toBe(0);
    await asAnn(() => after.getRepository(OwnWriter).insert({ text: 'told as well' }));
    await after.destroy();
    const told = (await wholeLog(ledger)).map((row) => [row.op, row.source]);
    await ledger.close();

    expect(told).toEqual([
      ['insert', 'trigger'],
      ['insert', 'orm'],
    ]);
  });
});
