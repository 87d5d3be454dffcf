import { setTimeout as pause } from 'node:timers/promises';
import { getSqlState } from 'nestjs-rowguard';
import type pg from 'pg';
import type { EntitySubscriberInterface } from 'typeorm';
import type { ScratchDatabase } from '../scratch-database.js';
import { LedgerAccount, type LedgerSource, asAnn } from './ledger.js';

export const KILL_POINTS = [
  'before the log is written',
  'while the log is written',
  'before COMMIT',
  'with COMMIT on its way',
  'after COMMIT',
] as const;
export type KillPoint = (typeof KILL_POINTS)[number];

const CONNECTION_LOST =
  /terminat|ECONNRESET|EPIPE|not queryable|closed|not started|released|unit of work/i;
const MOST_TRIES = 50;
/** Answers once the process of the connection is gone. */
const KILL = 'select pg_terminate_backend($1, 5000)';

/** Whether an error is what somebody hears whose connection was killed. */
export function isLost(error: unknown): boolean {
  return getSqlState(error) === '57P01' || CONNECTION_LOST.test((error as Error).message);
}

/**
 * One transaction with one change, whose connection is killed at the point that is named. Answers
 * whether the commit was acknowledged.
 */
export async function killedAt(ledger: LedgerSource, point: KillPoint): Promise<boolean> {
  const { source } = ledger;
  const database = ledger.database as ScratchDatabase;
  const kills: Promise<unknown>[] = [];
  let pid = 0;
  const kill = () => {
    const killed = database.asOwner((client) => client.query(KILL, [pid]));
    kills.push(killed);
    return killed;
  };
  const atCommit: EntitySubscriberInterface = {
    beforeQuery: async ({ query }) => {
      if (query !== 'COMMIT') return;
      if (point === 'before COMMIT') await kill();
      if (point === 'with COMMIT on its way') void kill();
    },
  };
  const change = () =>
    asAnn(() =>
      source.transaction(async () => {
        const [row] = await source.query<{ pid: number }[]>('select pg_backend_pid() as pid');
        pid = row?.pid ?? 0;
        await source.getRepository(LedgerAccount).insert({ name: point });
        if (point === 'before the log is written') await kill();
        return true;
      }),
    ).catch(toLost);
  source.subscribers.push(atCommit);
  const isAcknowledged = await (point === 'while the log is written'
    ? database.asOwner((client) => heldUp(client, change, () => pid))
    : change());
  source.subscribers.splice(source.subscribers.indexOf(atCommit), 1);
  if (point === 'after COMMIT') await kill();
  await Promise.all(kills);
  await isAlive(ledger);
  return isAcknowledged;
}

/** Nobody can write into the log, and whoever waits for it is killed. */
async function heldUp(
  client: pg.Client,
  change: () => Promise<boolean>,
  pid: () => number,
): Promise<boolean> {
  await client.query('begin');
  await client.query('lock table audit_logs in access exclusive mode');
  const changed = change();
  const waits = `select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'`;
  while ((await client.query(waits, [pid()])).rowCount === 0) await pause(5);
  await client.query(KILL, [pid()]);
  const isAcknowledged = await changed;
  await client.query('rollback');
  return isAcknowledged;
}

/** The pool hears of a killed connection a moment later. */
async function isAlive({ source }: LedgerSource): Promise<void> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const answers = await asAnn(() => source.query('select 1')).then(() => true, toLost);
    if (answers) return;
    await pause(5);
  }
}

function toLost(error: unknown): false {
  if (!isLost(error)) throw error;
  return false;
}
