import { describe, expect, it } from '@jest/globals';
import { type RowguardDataSource, getSqlState } from 'nestjs-rowguard';
import type { EntitySubscriberInterface, TransactionCommitEvent } from 'typeorm';
import { CAPTURES } from '../../support/audit/modes.js';
import { RandomHistories, randomFrom } from '../../support/audit/random-histories.js';
import { replayed, stored } from '../../support/audit/replay.js';
import { recordBar } from '../../support/bars.js';
import { LedgerAccount, type LedgerSource, asAnn, openLedger } from '../../support/ledger.js';

const HISTORIES = 2_000;
const LEAST_KILLS = 100;
const TIMES_AT_EACH_POINT = 20;
const CONNECTION_LOST = /terminat|ECONNRESET|EPIPE|not queryable|closed|not started|unit of work/i;

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
    const histories = new RandomHistories(ledger.source, randomFrom(4_711), isLost);
    const work = histories.run(HISTORIES, 8).finally(() => {
      isDone = true;
    });
    const kills = await killUntil(ledger, () => isDone);
    await work;
    const differences = await differencesOf(ledger.source);
    await ledger.close();

    recordBar({
      bar: `connections killed at random moments (${capture})`,
      measured: kills,
      target: `>= ${LEAST_KILLS}`,
      passed: kills >= LEAST_KILLS,
    });
    recordNone(`rows without log, or log without rows, after that (${capture})`, differences);
    expect(differences).toBe(0);
  });

  it.each(['before the log is written', 'before COMMIT', 'with COMMIT on its way', 'after COMMIT'])(
    'keeps both or neither: %s',
    async (point) => {
      const ledger = await open();
      let acknowledged = 0;
      for (let time = 0; time < TIMES_AT_EACH_POINT; time++)
        acknowledged += (await killAt(ledger, point)) ? 1 : 0;
      const differences = await differencesOf(ledger.source);
      const rows = await stored(ledger.source, 'accounts');
      await ledger.close();

      recordNone(`rows and log that differ, killed ${point} (${capture})`, differences);
      expect(differences).toBe(0);
      expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
      if (point === 'after COMMIT') expect(acknowledged).toBeGreaterThan(0);
      if (point.startsWith('before')) expect(rows).toHaveLength(0);
    },
  );
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

/**
 * One transaction with one change, whose connection is killed at the point that is named. Answers
 * whether the commit was acknowledged.
 */
async function killAt(ledger: LedgerSource, point: string): Promise<boolean> {
  const { source } = ledger;
  const kill = (pid: number) =>
    ledger.database?.asOwner((client) => client.query('select pg_terminate_backend($1)', [pid]));
  let pid = 0;
  const atCommit: EntitySubscriberInterface = {
    beforeTransactionCommit: async (_event: TransactionCommitEvent) => {
      if (point === 'before COMMIT') await kill(pid);
      if (point === 'with COMMIT on its way') void kill(pid);
    },
  };
  source.subscribers.push(atCommit);
  const acknowledged = await asAnn(() =>
    source.transaction(async () => {
      const [row] = await source.query<{ pid: number }[]>('select pg_backend_pid() as pid');
      pid = row?.pid ?? 0;
      await source.getRepository(LedgerAccount).insert({ name: point });
      if (point === 'before the log is written') await kill(pid);
      return true;
    }),
  ).catch((error: unknown) => {
    if (!isLost(error)) throw error;
    return false;
  });
  source.subscribers.splice(source.subscribers.indexOf(atCommit), 1);
  if (point === 'after COMMIT') await kill(pid);
  return acknowledged;
}

async function differencesOf(source: RowguardDataSource): Promise<number> {
  let differences = 0;
  for (const table of ['accounts', 'entries']) {
    const there = new Set(await stored(source, table));
    const told = new Set(await replayed(source, table));
    differences += [...told].filter((row) => !there.has(row)).length;
    differences += [...there].filter((row) => !told.has(row)).length;
  }
  return differences;
}

function isLost(error: unknown): boolean {
  return getSqlState(error) === '57P01' || CONNECTION_LOST.test((error as Error).message);
}

function recordNone(bar: string, measured: number): void {
  recordBar({ bar, measured, target: '0', passed: measured === 0 });
}
