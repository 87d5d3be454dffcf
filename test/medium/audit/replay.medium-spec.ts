import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditRefusedError } from 'nestjs-rowguard';
import { LEDGER_MODES, type LedgerSource } from '../../support/audit/ledger.js';
import { wholeLog } from '../../support/audit/ledger-world.js';
import { RandomHistories } from '../../support/audit/random-histories.js';
import { differences } from '../../support/audit/replay.js';
import { Random } from '../../support/isolation/random.js';

/** An upsert, where the server does not tell how the rows were. */
const mayFail = (error: unknown) => error instanceof AuditRefusedError;

describe.each(LEDGER_MODES)(
  'the log of random histories, captured by %s on %s',
  (_capture, where, open) => {
    let ledger: LedgerSource;

    beforeAll(async () => {
      ledger = await open({ pool: { max: 8 } });
    });
    afterAll(() => ledger.close());

    it('is enough to make every table anew', async () => {
      const seed = Date.now() % 1_000_000;
      const { source } = ledger;
      const isBlind = source.changes?.returnsOld === false;
      const histories = new RandomHistories(
        source,
        new Random(seed),
        isBlind ? mayFail : undefined,
      );
      await histories.run(where === 'the embedded engine' ? 60 : 300, 8);

      expect((await wholeLog(ledger)).length).toBeGreaterThan(10);
      expect({ seed, differences: await differences(source) }).toEqual({ seed, differences: [] });
    });
  },
);
