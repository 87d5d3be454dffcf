import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KILL_POINTS, killedAt } from '../../support/audit/kill-points.js';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/audit/ledger.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { differences } from '../../support/audit/replay.js';

describe.each(CAPTURES)('a connection that is lost, with the log written by %s,', (capture) => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ audit: { capture } });
  });
  afterAll(() => ledger.close());

  it.each(KILL_POINTS)('leaves a change and its log, or neither: %s', async (point) => {
    const isAcknowledged = await killedAt(ledger, point);
    const kept = await asAnn(() =>
      ledger.source.getRepository(LedgerAccount).countBy({ name: point }),
    );

    expect(await differences(ledger.source)).toEqual([]);
    if (point === 'after COMMIT') expect([isAcknowledged, kept]).toEqual([true, 1]);
    else if (point === 'with COMMIT on its way')
      expect(kept).toBeGreaterThanOrEqual(Number(isAcknowledged));
    else expect([isAcknowledged, kept]).toEqual([false, 0]);
  });
});
