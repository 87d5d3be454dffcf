import type pg from 'pg';
import { LockNotObtainedError } from '../../errors/lock-not-obtained.error.js';

const PID = 'select pg_backend_pid() as pid';

/**
 * A pooler in transaction mode gives each statement to whatever server process is free: the lock
 * would stay behind in one of them. There a process of ours is found in the hands of a stranger.
 */
export async function refuseTransactionPooler(
  session: pg.Client,
  open: () => Promise<pg.Client>,
): Promise<void> {
  const pid = await processOf(session);
  // The server tells its number when a session begins; a pooler tells one of its own.
  if (pid === (session as unknown as { processID: number | null }).processID) return;
  const stranger = await open();
  try {
    await stranger.query('begin');
    const theirs = await processOf(stranger);
    const isShared = theirs === pid || (await processOf(session)) !== pid;
    await stranger.query('rollback');
    if (isShared) throw behindPooler();
  } finally {
    await stranger.end();
  }
}

export function isBehindPooler(error: unknown): boolean {
  return error instanceof LockNotObtainedError && error.given['behindPooler'] === true;
}

async function processOf(session: pg.Client): Promise<number> {
  const { rows } = await session.query<{ pid: number }>(PID);
  return rows[0]?.pid ?? 0;
}

function behindPooler(): LockNotObtainedError {
  return new LockNotObtainedError({
    problem:
      'The login for the schema goes through a pooler in transaction mode, where no lock can be held while migrations run',
    mend: 'Give the address of the server itself as adminUrl (DATABASE_ADMIN_URL); the application may stay behind the pooler',
    given: { behindPooler: true },
  });
}
