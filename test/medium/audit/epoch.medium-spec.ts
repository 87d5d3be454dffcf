import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditSeals } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { type LedgerSource, openEmbeddedLedger, openLedger } from '../../support/audit/ledger.js';
import { asSystem, sealAll, testKey, writeRows } from '../../support/sealed-log.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };

/** What a dump holds, and what a restore into a younger server makes of it. */
describe('a log that was restored where transactions count from 1 again', () => {
  let old: LedgerSource;
  let restored: LedgerSource;
  let seals: AuditSeals;

  beforeAll(async () => {
    old = await openLedger();
    restored = await openEmbeddedLedger();
    seals = new AuditSeals(restored.source, KEY);
    await comeTo(old, 40_000);
    const before = new AuditSeals(old.source, KEY);
    for (const rows of [5, 7]) {
      await writeRows(old.source, rows);
      await sealAll(before);
    }
    // Not sealed yet when the dump is made.
    await writeRows(old.source, 3);
    await copy(old, restored);
  }, 60_000);
  afterAll(async () => {
    await old.close();
    await restored.close();
  });

  it('is sealed on in a new epoch, and nothing of it is taken for forged', async () => {
    await writeRows(restored.source, 4);
    await expect(seals.seal()).rejects.toMatchObject({ code: 'ROWGUARD_AUDIT_EPOCH' });
    const lag = await seals.lag();

    const begun = await seals.newEpoch();
    await writeRows(restored.source, 6);
    const next = await seals.seal();

    expect(lag.rows).toBeGreaterThanOrEqual(3);
    expect(begun).toMatchObject({ epoch: 1, rows: 7 });
    expect(next).toMatchObject({ rows: 6 });
    const report = await seals.verify({ publicKeys });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ intact: true, rows: 25, unsealed: 0 });
    for (const from of [1, 2, 3, 4]) {
      await expect(seals.verify({ publicKeys, from })).resolves.toMatchObject({ intact: true });
      await expect(seals.verify({ publicKeys, from, to: from })).resolves.toMatchObject({
        intact: true,
      });
    }
    await expect(seals.verify({ publicKeys, to: 2 })).resolves.toMatchObject({
      intact: true,
      rows: 12,
    });
  });

  it('still shows what is done to it', async () => {
    const report = await asForger(restored, `delete from audit_logs where id = 2`, seals);

    expect(report.counts).toMatchObject({ missing: 1, insertedLate: 0, modified: 0 });
  });
});

async function asForger({ source }: LedgerSource, sql: string, seals: AuditSeals) {
  const rows = await asSystem(() =>
    source.query<{ text: string }[]>('select a::text as text from audit_logs a where id = 2'),
  );
  const forge = (statement: string, values?: unknown[]) =>
    runAsOwner('test', () =>
      source.transaction(async () => {
        await source.query('set local session_replication_role = replica');
        await source.query(statement, values);
      }),
    );
  await forge(sql);
  const report = await seals.verify({ publicKeys });
  await forge(RESTORE('audit_logs', await columnsOf(source, 'audit_logs')), [
    rows.map((row) => row.text),
  ]);
  return report;
}

type Source = LedgerSource['source'];

const RESTORE = (table: string, columns: string) =>
  `insert into ${table} (${columns}) select ${columns} from unnest($1::text[]::${table}[]) as row`;

async function columnsOf(source: Source, table: string): Promise<string> {
  const rows = await runAsOwner('test', () =>
    source.query<{ name: string }[]>(
      `select quote_ident(attname) as name from pg_attribute
       where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
      [table],
    ),
  );
  return rows.map((row) => row.name).join(', ');
}

/** Row by row as text, which is what a dump holds. */
async function copy(from: LedgerSource, to: LedgerSource): Promise<void> {
  for (const table of ['audit_logs', 'audit_seals']) {
    const rows = await asSystem(() =>
      from.source.query<{ text: string }[]>(`select t::text as text from ${table} t`),
    );
    const columns = await columnsOf(to.source, table);
    await runAsOwner('test', () =>
      to.source.query(RESTORE(table, columns), [rows.map((row) => row.text)]),
    );
  }
  await runAsOwner('test', () =>
    to.source.query(
      `select setval(pg_get_serial_sequence('audit_logs', 'id'), (select max(id) from audit_logs))`,
    ),
  );
}

/** A server that has seen many transactions. */
async function comeTo({ database }: LedgerSource, transactions: number): Promise<void> {
  await database?.asOwner(async (client) => {
    await client.query(`do $$ begin
      while pg_current_xact_id()::text::bigint < ${transactions} loop commit; end loop; end $$`);
  });
}
