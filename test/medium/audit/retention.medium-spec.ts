import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditRetention, AuditSeals, type SealedRow, checkProof } from 'nestjs-rowguard';
import { runAsOwner } from '../../../src/context/owner-work.js';
import { ensureMonthlyPartitions } from '../../../src/schema/monthly-partitions.js';
import { LEDGER_PLACES, type LedgerSource, openLedger } from '../../support/audit/ledger.js';
import { asSystem, sealAll, testKey, writeRows } from '../../support/sealed-log.js';
import { ACME } from '../../support/shop.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };

describe.each(LEDGER_PLACES)('months of the audit log on %s', (_, open) => {
  let ledger: LedgerSource;
  let seals: AuditSeals;
  let retention: AuditRetention;

  beforeAll(async () => {
    ledger = await open();
    seals = new AuditSeals(ledger.source, KEY);
    retention = new AuditRetention(ledger.source, KEY);
  });
  afterAll(() => ledger.close());

  const run = <Row>(sql: string, values?: unknown[]) => ledger.source.query<Row[]>(sql, values);
  const countIn = (month: string) =>
    asSystem(() =>
      run<{ count: number }>(
        `select count(*)::int as count from audit_logs where to_char(at at time zone 'UTC', 'YYYY-MM') = $1`,
        [month],
      ),
    ).then(([row]) => row?.count);

  it('are dropped when they are old enough, and are known to be retired from then on', async () => {
    await writeIn(ledger, '2019-03', 12);
    await sealAll(seals);
    const anchor = await seals.head();

    const retired = await retention.dropOlderThan(24);

    expect(retired).toEqual([{ month: '2019-03', rows: 12, receipt: undefined, dropped: true }]);
    expect(await countIn('2019-03')).toBe(0);
    const report = await seals.verify({ publicKeys, ...(anchor ? { anchor } : {}) });
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ intact: true });
    expect(report.retired).toBeGreaterThanOrEqual(12);
    await expect(retention.dropOlderThan(24)).resolves.toEqual([]);
  });

  it('go on being sealed after one was dropped', async () => {
    await writeIn(ledger, '2018-01', 2);
    await sealAll(seals);
    await retention.dropOlderThan(24);
    await writeRows(ledger.source, 4);

    await sealAll(seals);

    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({
      intact: true,
      unsealed: 0,
    });
  });

  it('are handed over before they go, and can be proven afterwards', async () => {
    await writeIn(ledger, '2018-05', 7);
    await sealAll(seals);
    const kept: SealedRow[] = [];

    const [retired] = await retention.dropOlderThan(24, {
      keep: async (month) => {
        for await (const rows of month.read()) kept.push(...rows);
        return `shelf of ${month.month}, ${month.rows} rows`;
      },
    });

    expect(retired?.receipt).toBe('shelf of 2018-05, 7 rows');
    expect(kept).toHaveLength(7);
    const { proof } = await seals.prove(kept[3] as SealedRow);
    expect(checkProof(proof, kept[3] as SealedRow, KEY.publicKey)).toEqual({ valid: true });
    await expect(seals.prove({ ...(kept[3] as SealedRow), op: 'insert' })).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
  });

  it('stay where somebody only asks what would go', async () => {
    await writeIn(ledger, '2017-05', 2);
    await sealAll(seals);

    const asked = await retention.dropOlderThan(24, { dryRun: true });

    expect(asked).toEqual([{ month: '2017-05', rows: 2, receipt: undefined, dropped: false }]);
    expect(await countIn('2017-05')).toBe(2);
    await retention.dropOlderThan(24);
  });

  it('stay where rows of them are not sealed', async () => {
    await writeIn(ledger, '2017-06', 2);

    await expect(retention.dropOlderThan(24)).rejects.toMatchObject({
      code: 'ROWGUARD_AUDIT_NOT_RETIRED',
      given: { month: '2017-06', rows: 2, sealed: 0 },
    });
    await sealAll(seals);
    await retention.dropOlderThan(24);
  });

  it('stay where they are not what was sealed', async () => {
    await writeIn(ledger, '2017-07', 3);
    await sealAll(seals);
    const tamper = (change: string) =>
      runAsOwner('test', () =>
        ledger.source.transaction(async () => {
          await run('set local session_replication_role = replica');
          await run(`update audit_logs set ${change} where at < '2017-08-01' and pk = '{"id": 2}'`);
        }),
      );
    await tamper(`actor_id = 'forged'`);

    await expect(retention.dropOlderThan(24)).rejects.toMatchObject({
      code: 'ROWGUARD_AUDIT_NOT_RETIRED',
    });
    await tamper('actor_id = null');
    await expect(retention.dropOlderThan(24)).resolves.toMatchObject([{ dropped: true }]);
  });

  it('stay where the keeper fails, or has no receipt', async () => {
    await writeIn(ledger, '2017-09', 1);
    await sealAll(seals);
    const keepers = [() => Promise.reject(new Error('disk full')), () => Promise.resolve('')];

    for (const keep of keepers)
      await expect(retention.dropOlderThan(24, { keep })).rejects.toThrow();

    expect(await countIn('2017-09')).toBe(1);
    await retention.dropOlderThan(24);
  });

  it.each([0, -1, 1.5, Number.NaN, 1_201, '24', undefined])(
    'are not dropped after %s months',
    async (months) => {
      await expect(retention.dropOlderThan(months as number)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    },
  );
});

describe('a month of the audit log that went without its seal', () => {
  let ledger: LedgerSource;
  let seals: AuditSeals;

  beforeEach(async () => {
    ledger = await openLedger();
    seals = new AuditSeals(ledger.source, KEY);
    await writeIn(ledger, '2016-02', 5);
    await sealAll(seals);
    await runAsOwner('test', () => ledger.source.query('drop table audit_logs_2016_02'));
  });
  afterEach(() => ledger.close());

  it('is missing', async () => {
    const report = await seals.verify({ publicKeys });

    expect(report).toMatchObject({ intact: false, counts: { missing: 5, truncated: 0 } });
  });

  it('is not retired by a seal that somebody made up', async () => {
    const forger = new AuditRetention(ledger.source, { ...testKey(), keyId: KEY.keyId });
    const source = ledger.source;
    await runAsOwner('test', () =>
      source.transaction(() =>
        ensureMonthlyPartitions((sql, values) => source.query(sql, values), 'audit_logs', [
          '2015-01',
        ]),
      ),
    );
    await forger.dropOlderThan(24);
    await runAsOwner('test', () =>
      source.transaction(async () => {
        await source.query('set local session_replication_role = replica');
        await source.query(`update audit_seals set month = '2016-02' where kind = 'retirement'`);
      }),
    );

    const report = await seals.verify({ publicKeys });

    expect(report.counts).toMatchObject({ missing: 5, sealBroken: 1 });
  });
});

/** Rows as a clock of that time would have written them, and some of today. */
async function writeIn({ source }: LedgerSource, month: string, rows: number): Promise<void> {
  const run = <Row>(sql: string, values?: unknown[]) => source.query<Row[]>(sql, values);
  await runAsOwner('test', async () => {
    await source.transaction(() => ensureMonthlyPartitions(run, 'audit_logs', [month]));
    await run(
      `insert into audit_logs (tenant_id, at, actor_type, op, table_name, pk, diff)
       select '${ACME}', '${month}-15T12:00:00Z', 'user', 'update', 'accounts',
         jsonb_build_object('id', nr), jsonb_build_object('name', jsonb_build_array('a', nr))
       from generate_series(1, ${rows}) nr`,
    );
  });
  await writeRows(source, 3);
}
