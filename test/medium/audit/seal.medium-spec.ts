import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditSeals, checkProof } from 'nestjs-rowguard';
import { LEDGER_PLACES, type LedgerSource } from '../../support/ledger.js';
import { testKey, writeRows } from '../../support/sealed-log.js';

const KEY = testKey();
const publicKeys = { [KEY.keyId]: KEY.publicKey };

describe.each(LEDGER_PLACES)('sealing the audit log on %s', (_, open) => {
  let ledger: LedgerSource;
  let seals: AuditSeals;

  beforeAll(async () => {
    ledger = await open();
    seals = new AuditSeals(ledger.source, KEY);
  });
  afterAll(() => ledger.close());

  it('seals what has been written, once', async () => {
    await writeRows(ledger.source, 25);

    const first = await seals.seal();
    const again = await seals.seal();

    expect(first).toMatchObject({ seals: 1, rows: 25, busy: false });
    expect(again).toMatchObject({ seals: 0, rows: 0, head: first.head });
  });

  it('finds everything as it was', async () => {
    await writeRows(ledger.source, 3);
    await seals.seal();
    await writeRows(ledger.source, 2);

    const report = await seals.verify({ publicKeys });

    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({ intact: true, unsealed: 2, retired: 0, erased: 0 });
    expect(report.rows).toBe(report.head?.count);
    await seals.seal();
  });

  it('proves a row to somebody who has no database', async () => {
    await writeRows(ledger.source, 7);
    await seals.seal();
    const { count } = (await seals.head()) ?? { count: 0 };

    const { row, proof } = await seals.prove(String(count));

    const sent = JSON.parse(JSON.stringify({ row, proof })) as {
      row: typeof row;
      proof: typeof proof;
    };
    expect(checkProof(sent.proof, sent.row, KEY.publicKey)).toEqual({ valid: true });
    expect(checkProof(proof, { ...row, op: 'insert' }, KEY.publicKey).valid).toBe(false);
  });
});
