import { Logger } from '@nestjs/common';
import { resolve } from 'node:path';
import type { Migration } from 'typeorm';
import { runAsOwner } from '../context/owner-work.js';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import type { Judge } from './approval/judge.js';
import { type JudgedMigration, judged } from './approval/needs-approval.js';
import { readApprovals } from './approval/approvals.js';
import { type HistoryFinding, historyFindings } from './history/history-findings.js';
import { type HistoryRow, isUnfinished } from './history/history-row.js';
import { knownMigrations } from './history/known-migrations.js';
import { type RepairReport, baselineHistory, repairHistory } from './history/mend-history.js';
import { MigrationHistory } from './history/migration-history.js';
import { type MigrationState, migrationStates } from './history/migration-state.js';
import type { MigratedSource } from './migration-host.js';
import {
  type BaselineOptions,
  type Environment,
  type RepairOptions,
  type RevertOptions,
  type RunOptions,
  checkSelection,
  lockWaitOf,
  requireOptions,
  requireReason,
  runSettings,
} from './migrator-options.js';
import { type MigratorParts, type Turn, appliedNames, beginTurn } from './migrator-parts.js';
import { LOCK_FILE, approvalsIn, readLockFile, writeLockFile } from './recording/lock-file.js';
import { readMigrations } from './recording/read-migrations.js';
import { LOCK_TIMEOUT_MS } from './running/migration-runner.js';
import { type RunReport, notAsLocked, runPending } from './running/run-pending.js';
import { type RevertReport, undoApplied } from './running/undo-applied.js';

export interface MigratorOptions {
  /** Says what is wrong with migrations. Default: the rules that come with the package. */
  readonly judge?: Judge;
  /** Told what is going on. Default: the log. */
  readonly say?: (text: string) => void;
  readonly environment?: Environment;
  /** Where the lock file is. Default: migrations.lock.json where the process was started. */
  readonly lockFile?: string;
  /** How long a migration may hold up others while it waits for a lock itself. */
  readonly lockTimeoutMs?: number;
}

export interface SchemaVersion {
  /** The newest migration that is applied. */
  readonly name: string;
  readonly timestamp: number;
  readonly applied: number;
}

/** Migrations that lose nothing unasked, run once however many ask, and can be undone. */
export class Migrator {
  private readonly parts: MigratorParts;

  constructor(source: MigratedSource, options: MigratorOptions = {}) {
    if (!source?.migrationHost) throw notOurs();
    const log = new Logger('Rowguard');
    this.parts = {
      source,
      host: source.migrationHost,
      history: new MigrationHistory(source),
      judge: options.judge ?? source.migrationHost.judge,
      say: options.say ?? ((text) => log.log(text)),
      environment: options.environment ?? process.env,
      lockFile: resolve(options.lockFile ?? LOCK_FILE),
      lockTimeoutMs: options.lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    };
  }

  /** Nothing is pending, and nothing stopped half-way. Two queries, and nothing is read or locked. */
  isCurrent(): Promise<boolean> {
    return this.reading((rows) => !rows.some(isUnfinished) && this.pendingOf(rows).length === 0);
  }

  pending(): Promise<readonly string[]> {
    return this.reading((rows) => this.pendingOf(rows).map(({ name }) => name));
  }

  /** In the order in which they were applied. */
  applied(): Promise<readonly HistoryRow[]> {
    return this.reading((rows) => rows.filter(({ id }) => id !== null));
  }

  /** Undefined before the first migration. */
  schemaVersion(): Promise<SchemaVersion | undefined> {
    return this.reading((rows) => {
      const applied = rows.filter(({ id }) => id !== null);
      const [newest] = applied.toSorted((one, other) => other.timestamp - one.timestamp);
      if (!newest) return undefined;
      return { name: newest.name, timestamp: newest.timestamp, applied: applied.length };
    });
  }

  /** Every migration that is known or applied, and how it stands. Creates nothing. */
  show(): Promise<readonly MigrationState[]> {
    return this.reading(async (rows) => {
      const known = await readMigrations(this.parts.source, this.known());
      return migrationStates(known, rows);
    });
  }

  /** What would run, with what it would lose. Writes nothing. */
  plan(): Promise<readonly JudgedMigration[]> {
    return this.reading(async (rows) => {
      const { source, judge, host, environment, lockFile } = this.parts;
      const pending = await readMigrations(source, this.pendingOf(rows));
      const approvals = [
        ...readApprovals(environment['ROWGUARD_APPROVE']),
        ...(readLockFile(lockFile)?.approvals ?? []),
      ];
      return judged(pending, judge, approvals, host.shipped);
    });
  }

  /** Runs what is pending, each in a transaction of its own. */
  run(options: RunOptions = {}): Promise<RunReport> {
    return runAsOwner('migrations', async () => {
      const settings = runSettings(options, this.parts.environment);
      if (await this.isCurrent()) return { ran: [], waiting: [] };
      return this.inTurn(
        settings.lockWaitMs,
        (turn) => runPending(this.parts, settings, turn),
        async () => ((await this.isCurrent()) ? { ran: [], waiting: [] } : undefined),
      );
    });
  }

  /** Undoes the last one, or as many as asked. */
  revert(options: RevertOptions = {}): Promise<RevertReport> {
    return runAsOwner('undoing a migration', async () => {
      requireOptions(options);
      checkSelection(options);
      const wait = lockWaitOf(options, this.parts.environment);
      return this.inTurn(wait, (turn) => undoApplied(this.parts, options, turn));
    });
  }

  /** Where history, code and lock file do not fit together. Changes nothing. */
  validate(): Promise<readonly HistoryFinding[]> {
    return this.reading(async (rows) => {
      const { source, host, lockFile } = this.parts;
      const known = await readMigrations(source, this.known());
      const locked = readLockFile(lockFile);
      return [
        ...historyFindings(known, rows, host.shipped),
        ...(locked ? known.flatMap((one) => notAsLocked(one, locked)) : []),
      ];
    });
  }

  repair(options: RepairOptions): Promise<RepairReport> {
    return runAsOwner('repairing the history of migrations', async () => {
      requireOptions(options);
      requireReason(options.reason);
      const wait = lockWaitOf(options, this.parts.environment);
      return this.inTurn(wait, (turn) => repairHistory(this.parts, options, turn));
    });
  }

  /** Takes a database as it is: everything up to `name` counts as applied. Answers with what is new. */
  baseline(name: string, options: BaselineOptions = {}): Promise<readonly string[]> {
    return runAsOwner('taking a database as it is', async () => {
      requireOptions(options);
      const { reason = 'taken as it was' } = options;
      return this.inTurn(lockWaitOf(options, this.parts.environment), (turn) =>
        baselineHistory(this.parts, name, reason, turn),
      );
    });
  }

  /** Writes down in the lock file what the migrations of the application are now. */
  async writeLock(): Promise<string> {
    const { source, host, judge, lockFile } = this.parts;
    const own = this.known().filter(({ name }) => !host.shipped.has(name));
    await runAsOwner('reading migrations', async () => {
      const read = await judged(await readMigrations(source, own), judge, [], host.shipped);
      const migrations = read.map(({ recorded, checksum, destroys }) => ({
        name: recorded.name,
        checksum,
        risk: destroys.length > 0 ? ('destructive' as const) : ('none' as const),
      }));
      writeLockFile(lockFile, { migrations, approvals: approvalsIn(lockFile) });
    });
    return lockFile;
  }

  private known(): readonly Migration[] {
    return knownMigrations(this.parts.source);
  }

  private pendingOf(rows: readonly HistoryRow[]): readonly Migration[] {
    const applied = appliedNames(rows);
    return this.known().filter(({ name }) => !applied.has(name));
  }

  private reading<T>(work: (rows: readonly HistoryRow[]) => T | Promise<T>): Promise<T> {
    return runAsOwner('listing migrations', async () => work(await this.parts.history.read()));
  }

  private inTurn<T>(
    waitMs: number,
    work: (turn: Turn) => Promise<T>,
    doneByOthers?: () => Promise<T | undefined>,
  ): Promise<T> {
    const { lock } = this.parts.host;
    if (!lock) return beginTurn(this.parts, this.known(), undefined).then(work);
    return lock.hold(
      waitMs,
      async (session) => work(await beginTurn(this.parts, this.known(), session)),
      doneByOthers,
    );
  }
}

function notOurs(): InvalidInputError {
  return new InvalidInputError({
    problem: 'A Migrator was asked for without a data source of Rowguard',
    mend: 'Give it what createDataSource answers, or inject RowguardDataSource',
  });
}
