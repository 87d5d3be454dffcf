import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RandomHistories, randomFrom } from '../../support/audit/random-histories.js';
import { replayed, stored } from '../../support/audit/replay.js';
import { LEDGER_PLACES, type LedgerSource } from '../../support/ledger.js';

describe.each(LEDGER_PLACES)('the log of random histories on %s', (where, open) => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await open({ pool: { max: 8 } });
  });
  afterAll(() => ledger.close());

  it('is enough to make every table anew', async () => {
    const seed = Date.now() % 1_000_000;
    await new RandomHistories(ledger.source, randomFrom(seed)).run(
      where === 'a server' ? 300 : 60,
      8,
    );

    for (const table of ['accounts', 'entries']) {
      const [told, there] = [
        await replayed(ledger.source, table),
        await stored(ledger.source, table),
      ];
      expect({ seed, table, rows: told }).toEqual({ seed, table, rows: there });
    }
  });
});
