import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditAnchor, AuditSeals } from 'nestjs-rowguard';
import { type LedgerSource, openLedger } from '../../support/audit/ledger.js';
import { sealAll, testKey, writeRows } from '../../support/sealed-log.js';
import { GLOBEX } from '../../support/shop.js';
import { tamper } from '../../support/tampering-battery.js';

const KEY = testKey();
const SEALS = 8;

describe('a log that somebody with all rights tampers with', () => {
  let ledger: LedgerSource;
  let anchor: AuditAnchor;

  beforeAll(async () => {
    ledger = await openLedger();
    const seals = new AuditSeals(ledger.source, KEY);
    for (let nr = 0; nr < SEALS; nr++) {
      await writeRows(ledger.source, 15);
      await writeRows(ledger.source, 5, GLOBEX);
      await sealAll(seals);
    }
    anchor = (await seals.head()) as AuditAnchor;
  });
  afterAll(() => ledger.close());

  it('shows what was done to it, each deed by its name', async () => {
    const { wrong } = await tamper(ledger.source, { key: KEY, anchor, seals: SEALS, times: 72 });

    expect(wrong).toEqual([]);
  });

  it('is found intact after all of it was undone', async () => {
    const seals = new AuditSeals(ledger.source);

    const report = await seals.verify({ anchor, publicKeys: { [KEY.keyId]: KEY.publicKey } });

    expect(report).toMatchObject({ intact: true, rows: SEALS * 20, findings: [] });
  });
});
