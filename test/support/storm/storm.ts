import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { RowguardDataSource } from 'nestjs-rowguard';
import { TenantClient } from '../../../src/connection/tenant-client.js';
import type { ScratchDatabase } from '../scratch-database.js';
import { Ledger, type Verdict } from './ledger.js';
import { BROKEN, type Sea } from './storm-task.js';
import { StormWorker } from './storm-worker.js';

export interface StormPlan {
  readonly tenants: number;
  readonly tasks: number;
  readonly statements: number;
  /** How long one act may take before it counts as hanging. */
  readonly watchdogMs: number;
  readonly seed: number;
}

export interface StormReport {
  readonly statements: number;
  readonly acts: Readonly<Record<string, number>>;
  readonly leaks: readonly string[];
  readonly hangs: readonly string[];
  /** Errors that nothing in the storm explains. */
  readonly surprises: readonly string[];
  readonly broken: number;
  readonly struck: Sea['struck'];
  readonly verdict: Verdict;
  readonly fates: Ledger['counts'];
}

/** How often each act comes; whatever is not named comes ten times. */
const WEIGHTS: Readonly<Record<string, number>> = { cancel: 2, kill: 3, 'half a stream': 3 };
const TYPICAL = 10;

/** Many tasks of many tenants on few connections, all doing what could let one see another. */
export async function storm(
  source: RowguardDataSource,
  database: ScratchDatabase,
  plan: StormPlan,
): Promise<StormReport> {
  const ledger = new Ledger();
  const struck = { cancelled: 0, killed: 0, refused: 0 };
  const admin = new pg.Pool({ connectionString: database.url, max: 4 });
  const sea: Sea = { source, ledger, admin, leaks: [], struck, random: randomFrom(plan.seed) };
  const counter = countStatements();
  const acts: Record<string, number> = {};
  const hangs: string[] = [];
  const surprises: string[] = [];
  let broken = 0;

  const task = async (number: number): Promise<void> => {
    const worker = new StormWorker(
      sea,
      tenantNumber(number % plan.tenants),
      tenantNumber((number + 1) % plan.tenants),
    );
    const deck = Object.keys(worker.acts).flatMap((act) =>
      Array.from({ length: WEIGHTS[act] ?? TYPICAL }, () => act),
    );
    while (counter.statements < plan.statements && hangs.length === 0) {
      const act = deck[Math.floor(sea.random() * deck.length)] ?? 'read';
      acts[act] = (acts[act] ?? 0) + 1;
      try {
        if ((await watched(worker.run(act), plan.watchdogMs)) === HUNG) hangs.push(act);
      } catch (error) {
        const text = `${(error as { code?: string }).code ?? ''} ${String(error)}`;
        if (BROKEN.test(text)) broken++;
        else surprises.push(`${act}: ${text}`);
      }
    }
  };

  try {
    await Promise.all(Array.from({ length: plan.tasks }, (_, number) => task(number)));
    // What nobody awaited may still be under way.
    await pause(200);
    const verdict = await ledger.verify(database);
    return {
      statements: counter.statements,
      acts,
      leaks: sea.leaks,
      hangs,
      surprises,
      broken,
      struck,
      verdict,
      fates: ledger.counts,
    };
  } finally {
    counter.stop();
    await admin.end();
  }
}

const HUNG = Symbol('hung');

async function watched(work: Promise<unknown>, ms: number): Promise<unknown> {
  const stop = new AbortController();
  try {
    return await Promise.race([work, pause(ms, HUNG, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}

/** Counts what is handed to any client, whichever pool it belongs to. */
function countStatements(): { readonly statements: number; stop(): void } {
  const original = Reflect.get(TenantClient.prototype, 'query') as (...given: unknown[]) => never;
  const counter = {
    statements: 0,
    stop: () => {
      TenantClient.prototype.query = original;
    },
  };
  TenantClient.prototype.query = function (this: TenantClient, ...given: unknown[]): never {
    counter.statements++;
    return original.apply(this, given);
  };
  return counter;
}

export function tenantNumber(number: number): string {
  return `0190a000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** mulberry32: the same storm for the same seed, as far as the network allows. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
