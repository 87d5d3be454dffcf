import { setTimeout as wait } from 'node:timers/promises';
import type { QueryRunner } from 'typeorm';
import { BackfillError } from '../../errors/backfill.error.js';
import { getSqlState } from '../../errors/violations.js';
import type { BackfillOptions, BackfillResult } from './backfill.js';
import { BackfillProgress, type Progress } from './backfill-progress.js';
import { BackfillTable } from './backfill-table.js';

type Wishes = Required<Omit<BackfillOptions, 'signal' | 'onBatch'>> &
  Pick<BackfillOptions, 'signal' | 'onBatch'>;

interface Batch {
  readonly seen: number;
  readonly changed: number;
  readonly last: readonly string[] | null;
}

/** Somebody else holds the rows: lock timeout, deadlock, and conflicts of serializable work. */
const TRY_AGAIN = ['55P03', '40P01', '40001'];
const LONGEST_PAUSE_MS = 5_000;
/** Of the audit log: this is nobody's request. */
const SETTINGS = ['tenant_id', 'actor_id', 'request_id', 'trace'];

/** One way along a table, from where the run before has stopped. */
export class BackfillRun {
  private size: number;
  private batches = 0;
  private retries = 0;

  constructor(
    private readonly runner: QueryRunner,
    private readonly wishes: Wishes,
  ) {
    this.size = wishes.batch;
  }

  async run(): Promise<BackfillResult> {
    const table = await BackfillTable.find(this.runner, this.wishes.table);
    const progress = await BackfillProgress.open(this.runner, {
      ...this.wishes,
      table: table.name,
    });
    const start = await progress.read();
    const resumed = start.last !== undefined;
    let at = start;
    for (;;) {
      if (this.wishes.signal?.aborted) throw stopped(table, at.rows);
      const asked = this.size;
      const batch = await this.patiently(table, progress, at);
      at = { last: batch.last ?? at.last, rows: at.rows + batch.changed };
      if (batch.seen > 0) this.batches += 1;
      const soFar = { rows: at.rows, batches: this.batches, retries: this.retries, resumed };
      if (batch.seen > 0) await this.wishes.onBatch?.(soFar);
      if (batch.seen < asked) {
        await progress.close();
        return soFar;
      }
      if (this.wishes.pauseMs > 0) await wait(this.wishes.pauseMs);
    }
  }

  private async patiently(
    table: BackfillTable,
    progress: BackfillProgress,
    at: Progress,
  ): Promise<Batch> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.batch(table, progress, at);
      } catch (error) {
        if (!TRY_AGAIN.includes(getSqlState(error) ?? '')) throw error;
        if (attempt >= this.wishes.attempts) throw held(table, at.rows, attempt, error);
        this.retries += 1;
        await wait(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt) * (0.5 + Math.random() / 2));
      }
    }
  }

  private async batch(
    table: BackfillTable,
    progress: BackfillProgress,
    at: Progress,
  ): Promise<Batch> {
    const started = performance.now();
    await this.runner.startTransaction();
    try {
      await this.announce(table);
      const batch = await this.send(table, at);
      if (table.role !== undefined)
        await this.runner.query(`SELECT set_config('role', 'none', true)`);
      if (batch.last) await progress.write({ last: batch.last, rows: at.rows + batch.changed });
      await this.runner.commitTransaction();
      this.adapt(performance.now() - started);
      return batch;
    } catch (error) {
      await this.runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  }

  private async announce(table: BackfillTable): Promise<void> {
    const empty = SETTINGS.map((name) => `set_config('rowguard.${name}', '', true)`);
    const role = table.role === undefined ? [] : [`set_config('role', '${table.role}', true)`];
    await this.runner.query(
      `SELECT set_config('lock_timeout', $1, true), set_config('rowguard.reason', $2, true), ${[...empty, ...role].join(', ')}`,
      [`${this.wishes.lockTimeoutMs}ms`, `backfill of ${table.name}`],
    );
  }

  private async send(table: BackfillTable, { last }: Progress): Promise<Batch> {
    const { set, where, parameters } = this.wishes;
    const sql = table.batchStatement(set, where, parameters.length, last === undefined);
    const values = [...parameters, this.size, ...(last ?? [])];
    const [batch] = (await this.runner.query(sql, values)) as Batch[];
    return batch ?? { seen: 0, changed: 0, last: null };
  }

  /** Who waits for a row of ours waits as long as a batch takes. */
  private adapt(tookMs: number): void {
    if (tookMs > this.wishes.batchMs) this.size = Math.max(1, Math.floor(this.size / 2));
    else if (tookMs < this.wishes.batchMs / 4)
      this.size = Math.min(this.wishes.batch, this.size * 2);
  }
}

function held(table: BackfillTable, rows: number, attempts: number, cause: unknown): BackfillError {
  return new BackfillError({
    problem: `The backfill of ${table.name} found its rows held by others, ${attempts} times`,
    mend: 'Run it again when they are done: it goes on where it was stopped',
    given: { rows },
    cause,
  });
}

function stopped(table: BackfillTable, rows: number): BackfillError {
  return new BackfillError({
    problem: `The backfill of ${table.name} was told to stop`,
    mend: 'Run it again: it goes on where it was stopped',
    given: { rows },
  });
}
