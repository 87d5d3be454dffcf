import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/audit/ledger.js';
import { recordBar } from '../../support/bars.js';
import { deadlockedPair, writersAtOnce } from '../../support/contention.js';

const WRITERS = 16;
const TIMES = 10;
const PAIRS = 200;
const PAIRS_AT_ONCE = 8;

function exactly(bar: string, measured: number, target: number): void {
  recordBar({ bar, measured, target: String(target), passed: measured === target });
}

describe('transactions that are run again', () => {
  let ledger: LedgerSource;

  beforeAll(async () => {
    ledger = await openLedger({ pool: { max: WRITERS, acquireTimeoutMs: 60_000 } });
    // The server looks for deadlocks after a second: 200 pairs would take minutes.
    await ledger.database?.asOwner((client) =>
      client.query(`alter database ${ledger.database?.name} set deadlock_timeout = '20ms'`),
    );
    // Connections that were there before do not know of it.
    await ledger.source.destroy();
    await ledger.source.initialize();
  });
  afterAll(() => ledger.close());

  it('all succeed at SERIALIZABLE, and the sum is exact', async () => {
    const seen = await writersAtOnce(ledger, { writers: WRITERS, times: TIMES, rows: 3 });
    exactly(`errors of ${WRITERS} writers at SERIALIZABLE with a retry`, seen.errors.length, 0);
    exactly('sum of what they added', seen.sum, WRITERS * TIMES);
    recordBar({
      bar: 'attempts that met another one, and were made again',
      measured: seen.failedAttempts,
      target: '> 0',
      passed: seen.failedAttempts > 0,
    });

    expect(seen.errors).toEqual([]);
    expect([seen.committed, seen.sum]).toEqual([WRITERS * TIMES, WRITERS * TIMES]);
    expect(seen.failedAttempts).toBeGreaterThan(0);
  });

  it('both succeed where two wait for each other', async () => {
    const accounts = new TenantRepository(LedgerAccount, ledger.source);
    let done = 0;
    let met = 0;
    const pair = async (): Promise<void> => {
      const rows = await asAnn(() =>
        accounts.insertMany([
          { name: 'a', points: '0' },
          { name: 'b', points: '0' },
        ]),
      );
      const failed = await deadlockedPair(ledger, rows.map(({ id }) => id) as [string, string]);
      met += failed;
      done++;
    };
    const worker = async (): Promise<void> => {
      for (let time = 0; time < PAIRS / PAIRS_AT_ONCE; time++) await pair();
    };
    await Promise.all(Array.from({ length: PAIRS_AT_ONCE }, worker));
    exactly('pairs that wait for each other, both committed', done, PAIRS);
    recordBar({
      bar: 'deadlocks among them',
      measured: met,
      target: `>= ${PAIRS}`,
      passed: met >= PAIRS,
    });

    expect(done).toBe(PAIRS);
    expect(met).toBeGreaterThanOrEqual(PAIRS);
  });
});
