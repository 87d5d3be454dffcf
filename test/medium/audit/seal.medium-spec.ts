import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditSeals, checkProof } from 'nestjs-rowguard';
import {
  LEDGER_PLACES,
  LedgerAccount,
  type LedgerSource,
  asAnn,
  openLedger,
} from '../../support/audit/ledger.js';
import { asSystem, eventually, sealAll, testKey, writeRows } from '../../support/sealed-log.js';

const KEY = testKey();
const NEXT = testKey('test-2');
const publicKeys = { [KEY.keyId]: KEY.publicKey, [NEXT.keyId]: NEXT.publicKey };

describe.each(LEDGER_PLACES)('sealing the audit log on %s', (_, open) => {
  let ledger: LedgerSource;
  let seals: AuditSeals;

  beforeAll(async () => {
    ledger = await open();
    seals = new AuditSeals(ledger.source, KEY);
  });
  afterAll(() => ledger.close());

  it('seals what has been written, once', async () => {
    await sealAll(seals);
    await writeRows(ledger.source, 25);

    const first = await sealAll(seals);
    const again = await sealAll(seals);

    expect(first).toMatchObject({ seals: 1, rows: 25, busy: false });
    expect(again).toEqual({ ...first, seals: 0, rows: 0 });
  });

  it('finds everything as it was, whatever kinds of values are in it', async () => {
    const accounts = ledger.source.getRepository(LedgerAccount);
    await asAnn(() =>
      accounts.insert([
        { name: 'é 🦉 "\\\n', balance: '123456789012.345600', points: '9007199254740993' },
        { name: 'two', details: { b: 1, aa: [1.0, 1e3, null], a: {} }, tags: ['x', 'y,z'] },
        { name: 'three', stamp: Buffer.from('00ff', 'hex'), seenAt: new Date(0), secret: 's' },
      ]),
    );
    await sealAll(seals);
    await writeRows(ledger.source, 2);

    const report = await seals.verify({ publicKeys });

    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ intact: true, unsealed: 2, retired: 0, erased: 0 });
    expect(report.rows).toBe(report.head?.count);
  });

  it('proves a row to somebody who has no database', async () => {
    const account = await asAnn(() =>
      ledger.source
        .getRepository(LedgerAccount)
        .save({ name: 'to be proven – ü', balance: '1.10' }),
    );
    await sealAll(seals);
    const [log] = await asSystem(() =>
      ledger.source.query<{ id: string }[]>(
        `select id::text as id from audit_logs where pk->>'id' = $1`,
        [account.id],
      ),
    );

    const { row, proof } = await seals.prove(log?.id ?? '');
    const sent = JSON.parse(JSON.stringify({ row, proof })) as {
      row: typeof row;
      proof: typeof proof;
    };

    expect(JSON.parse(row.diff ?? '')).toMatchObject({ name: [null, 'to be proven – ü'] });
    expect(checkProof(sent.proof, sent.row, KEY.publicKey)).toEqual({ valid: true });
    expect(checkProof(proof, { ...row, op: 'update' }, KEY.publicKey).valid).toBe(false);
    await expect(seals.prove(row)).resolves.toEqual({ row, proof });
  });

  it('proves no row that is not there, not sealed, or not what it says', async () => {
    await writeRows(ledger.source, 1);
    const [last] = await asSystem(() =>
      ledger.source.query<{ id: string }[]>('select max(id)::text as id from audit_logs'),
    );

    await expect(seals.prove(last?.id ?? '')).rejects.toMatchObject({
      code: 'ROWGUARD_ROW_NOT_FOUND',
    });
    await expect(seals.prove('999999')).rejects.toMatchObject({ code: 'ROWGUARD_ROW_NOT_FOUND' });
    for (const bad of ['', '0', '-1', 'x', '1; drop table', '9223372036854775808', undefined]) {
      await expect(seals.prove(bad as string)).rejects.toMatchObject({
        code: 'ROWGUARD_INPUT_INVALID',
      });
    }
  });

  it('cuts what has waited into seals of ten thousand rows', async () => {
    await sealAll(seals);
    await writeRows(ledger.source, 12_000);

    const report = await sealAll(seals);

    expect(report).toMatchObject({ seals: 2, rows: 12_000 });
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({ intact: true });
  });

  it('verifies a part of the chain', async () => {
    await sealAll(seals);
    await writeRows(ledger.source, 4);
    const { head } = await sealAll(seals);
    await writeRows(ledger.source, 4);
    await sealAll(seals);

    const from = head?.seq ?? 0;
    const one = await seals.verify({ publicKeys, from, to: from });
    const rest = await seals.verify({ publicKeys, from: from + 1 });

    expect(one).toMatchObject({ intact: true, seals: 1, rows: 4 });
    expect(rest).toMatchObject({ intact: true, seals: 1, rows: 4 });
  });

  it('says what is not sealed yet', async () => {
    await sealAll(seals);
    await expect(seals.lag()).resolves.toEqual({
      rows: 0,
      ageMs: 0,
      heldRows: 0,
      holder: undefined,
    });
    await writeRows(ledger.source, 3);

    const lag = await eventually(
      () => seals.lag(),
      ({ heldRows }) => heldRows === 0,
    );

    expect(lag).toMatchObject({ rows: 3, heldRows: 0, holder: undefined });
  });

  it('refuses to seal without a key, to verify without one, and what is no anchor', async () => {
    const keyless = new AuditSeals(ledger.source);
    const refused = { code: 'ROWGUARD_INPUT_INVALID' };
    const verify = (options: object) => async () => seals.verify(options as never);

    await expect(keyless.seal()).rejects.toMatchObject(refused);
    await expect(keyless.newEpoch()).rejects.toMatchObject(refused);
    await expect(verify({})()).rejects.toMatchObject(refused);
    for (const anchor of [
      {},
      'x',
      { seq: 0, count: 1, hash: 'a'.repeat(64) },
      { seq: 1, count: 1, hash: 'A' },
    ]) {
      await expect(verify({ publicKeys, anchor })()).rejects.toMatchObject(refused);
    }
    for (const seq of [0, -1, 1.5, Number.NaN, '1']) {
      await expect(verify({ publicKeys, from: seq })()).rejects.toMatchObject(refused);
      await expect(verify({ publicKeys, to: seq })()).rejects.toMatchObject(refused);
    }
    await expect(verify({ publicKeys, from: 3, to: 2 })()).rejects.toMatchObject(refused);
  });

  it('does not take the signature of another key', async () => {
    const other = testKey();
    await writeRows(ledger.source, 1);
    await sealAll(seals);

    const wrong = await seals.verify({ publicKeys: { '*': other.publicKey } });
    const unknown = await seals.verify({ publicKeys: { other: KEY.publicKey } });

    expect(wrong).toMatchObject({
      intact: false,
      counts: { sealBroken: wrong.seals, modified: 0 },
    });
    expect(unknown.findings[0]?.problem).toContain('not known');
  });

  it('takes a new key from one seal to the next', async () => {
    await writeRows(ledger.source, 1);
    await sealAll(seals);
    await writeRows(ledger.source, 1);
    await sealAll(new AuditSeals(ledger.source, NEXT));

    const report = await seals.verify({ publicKeys });

    expect(report).toMatchObject({ intact: true, unsealed: 0 });
  });
});

describe('sealing while others write', () => {
  let ledger: LedgerSource;
  let seals: AuditSeals;

  beforeAll(async () => {
    ledger = await openLedger();
    seals = new AuditSeals(ledger.source, KEY);
  });
  afterAll(() => ledger.close());

  it('leaves rows for later whose transaction may still get more, and says who holds them', async () => {
    await ledger.database?.asOwner(async (client) => {
      await client.query(`set application_name = 'slow report'`);
      await client.query('begin');
      await client.query('select pg_current_xact_id()');
      await writeRows(ledger.source, 5);

      const held = await seals.seal();
      const lag = await eventually(
        () => seals.lag(),
        ({ holder }) => holder?.application === 'slow report',
      );
      await client.query('commit');
      const after = await sealAll(seals);

      expect(held.rows).toBe(0);
      expect(lag).toMatchObject({
        rows: 5,
        heldRows: 5,
        holder: { application: 'slow report', state: 'idle in transaction' },
      });
      expect(lag.holder?.since).toBeInstanceOf(Date);
      expect(after.rows).toBe(5);
    });
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({ intact: true });
  });

  it('seals rows of a transaction that began before, and committed after, those that are sealed', async () => {
    await ledger.database?.asOwner(async (client) => {
      await client.query('begin');
      await client.query(`select set_config('rowguard.reason', 'slow', true)`);
      const slow = `select rowguard_audit_append('[{"op": "note", "action": "slow"}]')`;
      await client.query(slow);
      await writeRows(ledger.source, 5);
      await seals.seal();
      await client.query(slow);
      await client.query('commit');
    });
    await writeRows(ledger.source, 1);

    const { rows } = await sealAll(seals);

    expect(rows).toBe(8);
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({
      intact: true,
      unsealed: 0,
    });
  });

  it('leaves the work to another sealer that is at it', async () => {
    await ledger.database?.asOwner(async (client) => {
      await client.query('begin');
      await client.query(
        `select pg_advisory_xact_lock(hashtextextended('rowguard:audit-seal', 0))`,
      );
      await writeRows(ledger.source, 1);

      await expect(seals.seal()).resolves.toMatchObject({ busy: true, rows: 0 });
      await client.query('rollback');
    });
    await expect(sealAll(seals)).resolves.toMatchObject({ busy: false, rows: 1 });
  });

  it('seals each row once where many sealers meet', async () => {
    await writeRows(ledger.source, 50);

    const reports = await Promise.all(Array.from({ length: 6 }, () => seals.seal()));
    const rest = await sealAll(seals);

    expect(reports.reduce((sum, one) => sum + one.rows, rest.rows)).toBe(50);
    await expect(seals.verify({ publicKeys })).resolves.toMatchObject({
      intact: true,
      unsealed: 0,
    });
  });

  it('takes no lock that a writer could wait for', async () => {
    await writeRows(ledger.source, 1);
    await asSystem(() =>
      ledger.source.transaction(async () => {
        await sealAll(seals);
        const modes = await ledger.source.query<{ mode: string }[]>(
          `select distinct mode from pg_locks l join pg_class c on c.oid = l.relation
           where l.pid = pg_backend_pid() and c.relname like '%audit_logs%'`,
        );

        expect(modes).toEqual([{ mode: 'AccessShareLock' }]);
      }),
    );
  });

  it('knows the transaction of a row before its id is counted', async () => {
    const plan = await ledger.database?.asOwner(async (client) => {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `explain (verbose) insert into audit_logs (tenant_id, actor_type, op)
         select gen_random_uuid(), 'user', op from jsonb_to_recordset('[]') as row(op text)`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });

    expect(plan).toMatch(/pg_current_xact_id\(\), nextval\(/);
  });
});
