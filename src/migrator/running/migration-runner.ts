import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationBlockedError } from '../../errors/migration-blocked.error.js';
import { getSqlState } from '../../errors/violations.js';
import type { HistoryEntry } from '../history/history-row.js';
import type { MigrationHistory } from '../history/migration-history.js';
import type { ReadMigration } from '../recording/read-migrations.js';
import { backoffMs } from './backoff.js';
import { BlockerWatch } from './blocker-watch.js';
import { dropInvalidIndexes } from './invalid-indexes.js';
import { migrationFailed } from './migration-failure.js';
import { SentStatements, type StatementCheck } from './sent-statements.js';
import { type Session, describeSession } from './session.js';
import { runsInTransaction } from './transaction-mode.js';

export const LOCK_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 3_600_000;
const TRIES = 10;
const CLIENT_CHECK_MS = 500;

/** No lock in time, and a deadlock: both are over when the others are. */
const PASSES = ['55P03', '40P01'];

export interface MigrationStep extends ReadMigration {
  readonly approvedBy?: string | undefined;
  readonly reason?: string | undefined;
  /** Of what could not be read beforehand. */
  readonly check?: (() => StatementCheck) | undefined;
}

export interface RunnerSettings {
  readonly say: (text: string) => void;
  /** The session of the lock, which looks who is in the way; the embedded engine has none. */
  readonly session: pg.Client | undefined;
  readonly lockTimeoutMs: number;
}

/** Runs one migration, up or down: all of it or nothing, and never in the way of others for long. */
export class MigrationRunner {
  private blockers: readonly Session[] = [];

  constructor(
    private readonly source: DataSource,
    private readonly history: MigrationHistory,
    private readonly settings: RunnerSettings,
  ) {}

  /** False if another process has done it meanwhile. */
  async run(step: MigrationStep): Promise<boolean> {
    const runner = this.source.createQueryRunner();
    try {
      await noticeLostClient(runner);
      return runsInTransaction(step)
        ? await this.patiently(step, runner, () => this.inTransaction(step, runner))
        : await this.alone(step, runner);
    } catch (error) {
      if (error instanceof MigrationBlockedError) throw error;
      throw migrationFailed(step.recorded, error, this.blockers);
    } finally {
      await runner.query('reset client_connection_check_interval').catch(() => undefined);
      await runner.release();
    }
  }

  /** Each try begins anew, with its time limits: they have gone with the transaction before. */
  private async patiently(
    { migration, recorded }: MigrationStep,
    runner: QueryRunner,
    attempt: () => Promise<boolean>,
  ): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        if (tries >= TRIES || !PASSES.includes(getSqlState(error) ?? '')) throw error;
        const wait = backoffMs(tries);
        const who = this.blockers.map(describeSession).join('; ');
        this.settings.say(
          `${migration.name} (${recorded.direction}) gave way${who ? ` to ${who}` : ''}, try ${tries + 1} of ${TRIES} in ${(wait / 1000).toFixed(1)} s`,
        );
        await pause(wait);
      }
    }
  }

  private async inTransaction(step: MigrationStep, runner: QueryRunner): Promise<boolean> {
    const entry = entryOf(step);
    await runner.startTransaction();
    await setTimeouts(runner, this.settings.lockTimeoutMs, STATEMENT_TIMEOUT_MS, true);
    const pid = await this.history.claim(runner, entry);
    if (pid === undefined) {
      await runner.rollbackTransaction();
      return false;
    }
    const sent = await this.watched(pid, () => perform(step, runner));
    await this.history.complete(runner, entry, sent);
    await runner.commitTransaction();
    return true;
  }

  /** What cannot be taken back is written down before it begins. */
  private async alone(step: MigrationStep, runner: QueryRunner): Promise<boolean> {
    const entry = entryOf(step);
    const pid = await this.history.claim(runner, entry);
    if (pid === undefined) return false;
    try {
      // To wait for a lock is what CONCURRENTLY does; broken off, it leaves half an index.
      await setTimeouts(runner, 0, 0, false);
      const dropped = await dropInvalidIndexes(runner, step.recorded.statements);
      for (const name of dropped) this.settings.say(`dropped ${name}, left over by a broken try`);
      const sent = await this.watched(pid, () => perform(step, runner));
      await runner.startTransaction();
      await this.history.complete(runner, entry, sent);
      await runner.commitTransaction();
      return true;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      const reason = error instanceof Error ? error.message : String(error);
      await this.history.fail(runner, entry.name, reason).catch(() => undefined);
      throw error;
    } finally {
      await runner.query('reset lock_timeout').catch(() => undefined);
      await runner.query('reset statement_timeout').catch(() => undefined);
    }
  }

  private async watched<T>(pid: number, work: () => Promise<T>): Promise<T> {
    const { session, say } = this.settings;
    if (!session) return work();
    const watch = new BlockerWatch(session, pid, say);
    try {
      return await work();
    } finally {
      this.blockers = await watch.stop();
    }
  }
}

/** Runs it, and answers what it has sent. */
async function perform(
  { migration, recorded, check }: MigrationStep,
  runner: QueryRunner,
): Promise<readonly string[]> {
  const sent = new SentStatements(runner, check?.());
  try {
    await migration.instance?.[recorded.direction](runner);
    return sent.texts;
  } finally {
    sent.stop();
  }
}

export function entryOf(step: MigrationStep): HistoryEntry {
  const { migration, recorded, checksum, approvedBy, reason } = step;
  const { name, timestamp } = migration;
  return { name, timestamp, direction: recorded.direction, checksum, approvedBy, reason };
}

/** The statement of a process that was killed would go on, and hold its locks, until it is through. */
async function noticeLostClient(runner: QueryRunner): Promise<void> {
  // Not on every platform; there the next process waits for longer.
  await runner
    .query(`set client_connection_check_interval = ${CLIENT_CHECK_MS}`)
    .catch(() => undefined);
}

async function setTimeouts(
  runner: QueryRunner,
  lockMs: number,
  statementMs: number,
  isLocal: boolean,
): Promise<void> {
  await runner.query(
    `select set_config('lock_timeout', $1, $3), set_config('statement_timeout', $2, $3)`,
    [String(lockMs), String(statementMs), isLocal],
  );
}
