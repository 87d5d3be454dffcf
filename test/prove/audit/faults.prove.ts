import { describe, expect, it } from '@jest/globals';
import { KILL_POINTS, isLost, killedAt } from '../../support/audit/kill-points.js';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/audit/ledger.js';
import { CAPTURES } from '../../support/audit/modes.js';
import { RandomHistories } from '../../support/audit/random-histories.js';
import { differences } from '../../support/audit/replay.js';
import { recordBar } from '../../support/bars.js';
import { Random } from '../../support/isolation/random.js';

const HISTORIES = 2_000;
const LEAST_KILLS = 100;
const TIMES_AT_EACH_POINT = 20;

const KILL_SOMEBODY = `
  select count(pg_terminate_backend(pid))::int as killed from (
    select pid from pg_stat_activity
    where application_name = 'rowguard' and datname = current_database() and state <> 'idle'
    order by random() limit 1) one`;

describe.each(CAPTURES)('a connection that is killed, with the log written by %s', (capture) => {
  const open = () => openLedger({ audit: { capture }, pool: { max: 8 } });

  it('at any moment never separates rows from their log', async () => {
    const ledger = await open();
    let isDone = false;
    const histories = new RandomHistories(ledger.source, new Random(4_711), isLost);
    const work = histories.run(HISTORIES, 8).finally(() => {
      isDone = true;
    });
    const kills = await killUntil(ledger, () => isDone);
    await work;
    const apart = await differences(ledger.source);
    await ledger.close();

    recordBar({
      bar: `connections killed at random moments (${capture})`,
      measured: kills,
      target: `>= ${LEAST_KILLS}`,
      passed: kills >= LEAST_KILLS,
    });
    recordNone(`rows without log, or log without rows, after that (${capture})`, apart.length);
    expect(apart).toEqual([]);
  });

  it.each(KILL_POINTS)('keeps both or neither: %s', async (point) => {
    const ledger = await open();
    let acknowledged = 0;
    for (let time = 0; time < TIMES_AT_EACH_POINT; time++)
      acknowledged += (await killedAt(ledger, point)) ? 1 : 0;
    const apart = await differences(ledger.source);
    const kept = await asAnn(() => ledger.source.getRepository(LedgerAccount).count());
    await ledger.close();

    recordNone(`rows and log that differ, killed ${point} (${capture})`, apart.length);
    expect(apart).toEqual([]);
    expect(kept).toBeGreaterThanOrEqual(acknowledged);
    if (point === 'after COMMIT') expect(acknowledged).toBe(TIMES_AT_EACH_POINT);
    else if (point !== 'with COMMIT on its way') expect([kept, acknowledged]).toEqual([0, 0]);
  });
});

async function killUntil({ database }: LedgerSource, isDone: () => boolean): Promise<number> {
  let killed = 0;
  await database?.asOwner(async (client) => {
    while (!isDone()) {
      const { rows } = await client.query<{ killed: number }>(KILL_SOMEBODY);
      killed += rows[0]?.killed ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  });
  return killed;
}

function recordNone(bar: string, measured: number): void {
  recordBar({ bar, measured, target: '0', passed: measured === 0 });
}
