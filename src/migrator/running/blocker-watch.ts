import type pg from 'pg';
import { type Session, describeSession } from './session.js';

const LOOK_EVERY_MS = 500;
const TOLD_EVERY_MS = 10_000;

/** Idle in transaction since, or at work since. */
const BLOCKERS = `
select a.pid, a.application_name as application, a.state,
  extract(epoch from clock_timestamp() - coalesce(a.xact_start, a.query_start, a.backend_start))::float8 as seconds
from pg_stat_activity a where a.pid = any(pg_blocking_pids($1)) order by seconds desc`;

/** Looks from another session who keeps a migration waiting: once it has given up, nobody knows. */
export class BlockerWatch {
  private blockers: readonly Session[] = [];
  private looking: Promise<void> = Promise.resolve();
  private toldAt = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly session: pg.Client,
    private readonly pid: number,
    private readonly say: (text: string) => void,
  ) {
    this.timer = setInterval(() => {
      this.looking = this.look().catch(() => undefined);
    }, LOOK_EVERY_MS);
  }

  /** Those who were seen last, the one that has been there longest first. */
  async stop(): Promise<readonly Session[]> {
    clearInterval(this.timer);
    await this.looking;
    return this.blockers;
  }

  private async look(): Promise<void> {
    const { rows } = await this.session.query<Session>(BLOCKERS, [this.pid]);
    if (rows.length > 0) this.blockers = rows;
    const now = performance.now();
    if (rows.length === 0 || now - this.toldAt < TOLD_EVERY_MS) return;
    this.toldAt = now;
    this.say(`still waiting for ${rows.map(describeSession).join('; ')}`);
  }
}
