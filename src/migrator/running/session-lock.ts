import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { LockNotObtainedError } from '../../errors/lock-not-obtained.error.js';
import { type Session, describeSession } from './session.js';
import { refuseTransactionPooler } from './transaction-pooler.js';

const FIRST_PAUSE_MS = 100;
/** Nobody should have to wait long for what is done. */
const LONGEST_PAUSE_MS = 500;
const TOLD_EVERY_MS = 5_000;

const HOLDER = `
select a.pid, a.application_name as application, a.state, extract(epoch from clock_timestamp() - a.backend_start)::float8 as seconds
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and (l.classid::bigint << 32) | l.objid::bigint = hashtextextended($1, 0)`;

export interface SessionLockSettings {
  /** What is locked: one name, one holder in the database. */
  readonly name: string;
  readonly open: () => Promise<pg.Client>;
  readonly say: (text: string) => void;
}

/**
 * One process at a time. The lock belongs to a session of its own and goes with it, whatever becomes
 * of the process. Nobody waits inside a statement: an index that is made CONCURRENTLY waits for
 * every statement that is older, and would wait for those who wait for it.
 */
export class SessionLock {
  private readonly held = new AsyncLocalStorage<pg.Client>();

  constructor(private readonly settings: SessionLockSettings) {}

  /** Work inside of work that holds the lock already holds it too. */
  async hold<T>(
    waitMs: number,
    work: (session: pg.Client) => Promise<T>,
    /** Asked while waiting: undefined for as long as there is something left to do. */
    doneByOthers: () => Promise<T | undefined> = () => Promise.resolve(undefined),
  ): Promise<T> {
    const already = this.held.getStore();
    if (already) return work(already);
    const session = await this.settings.open();
    // Without a listener a server that goes away would end the process; the next query tells of it.
    session.on('error', () => undefined);
    try {
      await refuseTransactionPooler(session, this.settings.open);
      const done = await this.obtain(session, waitMs, doneByOthers);
      if (done !== undefined) return done;
      return await this.held.run(session, () => work(session));
    } finally {
      await session.end().catch(() => undefined);
    }
  }

  /** Has the lock in the end, unless it answers what others have done meanwhile. */
  private async obtain<T>(
    session: pg.Client,
    waitMs: number,
    doneByOthers: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const deadline = performance.now() + waitMs;
    let toldAt = -Infinity;
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      if (await this.isObtained(session)) return undefined;
      const done = await doneByOthers();
      if (done !== undefined) return done;
      const now = performance.now();
      if (now - toldAt > TOLD_EVERY_MS || now >= deadline) {
        const holder = await this.holder(session);
        if (now >= deadline) throw notObtained(holder, waitMs);
        if (holder) this.settings.say(`waiting for migrations of ${describeSession(holder)}`);
        toldAt = now;
      }
      await pause(Math.min(wait * (0.5 + Math.random() / 2), Math.max(deadline - now, 1)));
    }
  }

  private async isObtained(session: pg.Client): Promise<boolean> {
    const { rows } = await session.query<{ obtained: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as obtained',
      [this.settings.name],
    );
    return rows[0]?.obtained === true;
  }

  private async holder(session: pg.Client): Promise<Session | undefined> {
    const { rows } = await session.query<Session>(HOLDER, [this.settings.name]);
    return rows[0];
  }
}

function notObtained(holder: Session | undefined, waitMs: number): LockNotObtainedError {
  const who = holder ? describeSession(holder) : 'another process';
  return new LockNotObtainedError({
    problem: `${who} has been running migrations for longer than ${Math.round(waitMs / 1000)} s`,
    mend: 'Wait for it to end, give more time (--lock-wait, ROWGUARD_LOCK_WAIT, in seconds), or end that server process if nobody is behind it any more',
    given: { waitMs, ...(holder ? { pid: holder.pid } : {}) },
  });
}
