import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { ScratchDatabase } from './scratch-database.js';

export interface ReplicaAnswer {
  /** When it was ready, or gave up. */
  readonly upAt: number;
  readonly error?: string;
}

/** Needs the package to be built: a replica is a process that imports it. */
export function startReplica(
  url: string,
  environment: Record<string, string> = {},
): { readonly child: ChildProcess; readonly answer: Promise<ReplicaAnswer> } {
  const child = spawn(process.execPath, [resolve('test/support/replica.js')], {
    env: { PATH: process.env['PATH'], DATABASE_URL: url, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (part: Buffer) => (stdout += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
  const answer = new Promise<ReplicaAnswer>((done) => {
    child.once('close', (code, signal) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      done(
        line.startsWith('{')
          ? (JSON.parse(line) as ReplicaAnswer)
          : { upAt: Date.now(), error: `ended with ${signal ?? code}: ${stderr}` },
      );
    });
  });
  return { child, answer };
}

export interface AtOnce {
  readonly errors: readonly string[];
  /** From the end of the last migration to the last replica that was ready. */
  readonly overheadMs: number;
  /** How often each migration stands in the history. */
  readonly applied: Readonly<Record<string, number>>;
  readonly invalidIndexes: number;
  /** Deadlocks and rolled back transactions as the server counts them. */
  readonly deadlocks: number;
}

/** So many replicas on an empty database, at once. */
export async function startAtOnce(database: ScratchDatabase, count: number): Promise<AtOnce> {
  const answers = await Promise.all(
    Array.from({ length: count }, () => startReplica(database.url).answer),
  );
  const [facts] = await database.asOwner(
    async (client) =>
      (
        await client.query<AtOnce & { lastEnd: string }>(
          `select (select jsonb_object_agg(name, n) from (select name, count(*) as n from migrations group by name) h) as applied,
             (select extract(epoch from max(finished_at)) * 1000 from migrations_meta) as "lastEnd",
             (select count(*)::int from pg_index where not indisvalid) as "invalidIndexes",
             (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks`,
        )
      ).rows,
  );
  if (!facts) throw new Error('The database says nothing');
  const lastUp = Math.max(...answers.map(({ upAt }) => upAt));
  return {
    ...facts,
    errors: answers.flatMap(({ error }) => error ?? []),
    overheadMs: lastUp - Number(facts.lastEnd),
  };
}

export const EACH_ONCE = {
  AddSize1700000000004: 1,
  CountParts1700000000005: 1,
  CreateParts1700000000001: 1,
  FillParts1700000000002: 1,
  IndexParts1700000000003: 1,
};

/** Resolves once somebody has come to the slow migration. */
export async function untilAsleep(database: ScratchDatabase): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const asleep = await database.asOwner(async (client) => {
      const { rowCount } = await client.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
      );
      return rowCount;
    });
    if (asleep) return;
    if (Date.now() > deadline) throw new Error('Nobody came to the slow migration');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
