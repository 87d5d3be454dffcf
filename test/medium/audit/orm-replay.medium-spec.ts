import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRefusedError } from 'nestjs-rowguard';
import { RandomHistories, randomFrom } from '../../support/audit/random-histories.js';
import { replayed, stored } from '../../support/audit/replay.js';
import { wholeLog } from '../../support/audit/write-ledger.js';
import type { LedgerSource } from '../../support/ledger.js';
import { ORM_PLACES, OrmAccount, OrmEntry } from '../../support/orm-ledger.js';

/** An upsert, where the server does not tell how the rows were. */
const mayFail = (error: unknown) => error instanceof AuditRefusedError;

describe.each(ORM_PLACES)(
  'the log that the application wrote of random histories on %s',
  (where, open) => {
    let ledger: LedgerSource;

    beforeAll(async () => {
      ledger = await open({ pool: { max: 8 } });
    });
    afterAll(() => ledger.close());

    it('is enough to make every table anew', async () => {
      const seed = Date.now() % 1_000_000;
      const { source } = ledger;
      const histories = new RandomHistories(source, randomFrom(seed), mayFail, [
        OrmAccount,
        OrmEntry,
      ]);
      await histories.run(where === 'the embedded engine' ? 100 : 300, 8);

      expect((await wholeLog(ledger)).length).toBeGreaterThan(10);
      for (const table of ['accounts', 'entries']) {
        const [told, there] = [await replayed(source, table), await stored(source, table)];
        expect({ seed, table, rows: told }).toEqual({ seed, table, rows: there });
      }
    });
  },
);
