import type { DataSource } from 'typeorm';
import { runAsOwner } from '../../src/context/owner-work.js';

const WAITING = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

/** Ends as soon as some connection waits for a lock of another, or the work is over without. */
export async function waitsForALock(source: DataSource, work: Promise<unknown>): Promise<void> {
  const state = { isOver: false };
  const over = () => {
    state.isOver = true;
  };
  work.then(over, over);
  while (!state.isOver) {
    const waiting = await runAsOwner('a test', () => source.query<unknown[]>(WAITING));
    if (waiting.length > 0) return;
  }
}
