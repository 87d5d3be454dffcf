import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { ScratchDatabase } from './scratch-database.js';

export interface ReplicaAnswer {
  /** When it was ready, or gave up. */
  readonly upAt: number;
  readonly pid?: number;
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
  /** From the moment when the one that has run them is ready to when the last one is. */
  readonly overheadMs: number;
  /** How often each migration stands in the history. */
  readonly applied: Readonly<Record<string, number>>;
  readonly invalidIndexes: number;
  /** Deadlocks and rolled back transactions as the server counts them. */
  readonly deadlocks: number;
}

/** So many replicas on an empty database, at once. */
export async function startAtOnce(database: ScratchDatabase, count: number): Promise<AtOnce> {
  const started = Array.from({ length: count }, () => startReplica(database.url).answer);
  return lookedAt(database, await Promise.all(started));
}

/** Processes that are there, and start on whatever database they are told. */
export class ReplicaCrowd {
  private constructor(private readonly members: readonly Member[]) {}

  static async gather(count: number): Promise<ReplicaCrowd> {
    const members = Array.from({ length: count }, () => {
      const child = spawn(process.execPath, [resolve('test/support/replica.js')], {
        env: { PATH: process.env['PATH'], REPLICA_WAITS: '1' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
    await Promise.all(members.map(answerOf));
    return new ReplicaCrowd(members);
  }

  async startOn(database: ScratchDatabase): Promise<AtOnce> {
    for (const { child } of this.members) child.stdin?.write(`${database.url}\n`);
    return lookedAt(database, await Promise.all(this.members.map(answerOf)));
  }

  leave(): void {
    for (const { child } of this.members) child.stdin?.end();
  }
}

interface Member {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

async function answerOf({ lines }: Member): Promise<ReplicaAnswer> {
  const { value } = await lines.next();
  return JSON.parse(String(value ?? '{"upAt":0,"error":"the process has ended"}')) as ReplicaAnswer;
}

async function lookedAt(
  database: ScratchDatabase,
  answers: readonly ReplicaAnswer[],
): Promise<AtOnce> {
  const [facts] = await database.asOwner(
    async (client) =>
      (
        await client.query<AtOnce & { winner: string }>(
          `select (select json_object_agg(name, n order by name) from (select name, count(*) as n from migrations group by name) h) as applied,
             (select "by" from migrations_meta order by finished_at desc limit 1) as winner,
             (select count(*)::int from pg_index where not indisvalid) as "invalidIndexes",
             (select deadlocks::int from pg_stat_database where datname = current_database()) as deadlocks`,
        )
      ).rows,
  );
  if (!facts) throw new Error('The database says nothing');
  const lastUp = Math.max(...answers.map(({ upAt }) => upAt));
  const winner = answers.find(({ pid }) => String(pid) === facts.winner);
  return {
    ...facts,
    errors: answers.flatMap(({ error }) => error ?? []),
    overheadMs: lastUp - (winner?.upAt ?? 0),
  };
}

export const EACH_ONCE = {
  AddSize1700000000004: 1,
  CountParts1700000000005: 1,
  CreateParts1700000000001: 1,
  FillParts1700000000002: 1,
  IndexParts1700000000003: 1,
};

export function isEachOnce(applied: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(applied);
  const isOnce = names.every((name) => applied[name] === 1);
  return isOnce && names.toSorted().join() === Object.keys(EACH_ONCE).toSorted().join();
}

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
