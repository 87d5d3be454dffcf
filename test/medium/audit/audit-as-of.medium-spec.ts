import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditHistory, TenantContext } from 'nestjs-rowguard';
import { Random, chosenSeed } from '../../support/isolation/random.js';
import { LEDGER_PLACES, LedgerAccount, type LedgerSource } from '../../support/audit/ledger.js';
import { RandomHistory, type Remembered } from '../../support/audit/random-history.js';
import { ACME, GLOBEX } from '../../support/shop.js';

const HISTORIES = 5;
const STEPS = 40;
const HIDDEN = ['secret', 'pin', 'scratch'];

/** Without what the log does not hold. */
const shown = (row: LedgerAccount | undefined) =>
  row && Object.fromEntries(Object.entries(row).filter(([name]) => !HIDDEN.includes(name)));

describe.each(LEDGER_PLACES)('how rows were, against what was remembered, on %s', (_, open) => {
  let ledger: LedgerSource;
  let history: AuditHistory;
  const seed = chosenSeed();
  const random = new Random(seed);

  beforeAll(async () => {
    ledger = await open();
    history = new AuditHistory(ledger.source);
  });
  afterAll(() => ledger.close());

  const told = async ({ tenantId, moment, rows }: Remembered) => {
    const lives = [...rows].filter(([life]) => !life.isLost);
    return TenantContext.run({ tenantId }, async () => {
      const answers: unknown[] = [];
      for (const [life] of lives) {
        const answer = await history.asOf(LedgerAccount, life.key, moment);
        answers.push(shown(answer?.row));
      }
      return { told: answers, remembered: lives.map(([, row]) => shown(row)) };
    });
  };

  it.each(Array.from({ length: HISTORIES }, (__, at) => at))(
    `tells every moment of a random history (%i, ROWGUARD_SEED=${seed})`,
    async () => {
      const past = new RandomHistory(ledger.source, random, [ACME, GLOBEX]);
      for (let step = 0; step < STEPS; step++) await past.step();

      let compared = 0;
      for (const moment of past.remembered) {
        const { told: answers, remembered } = await told(moment);
        compared += answers.length;
        expect(answers).toEqual(remembered);
      }
      expect(compared).toBeGreaterThan(STEPS / 4);
    },
    120_000,
  );
});
