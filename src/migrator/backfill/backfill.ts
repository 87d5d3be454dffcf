import type { QueryRunner } from 'typeorm';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { readSql } from '../../sql/sql-text.js';
import { RecordingQueryRunner } from '../recording/recording-query-runner.js';
import { BackfillRun } from './backfill-run.js';

export interface BackfillOptions {
  /** With or without its schema. */
  readonly table: string;
  /** What stands after SET, such as `name = lower(name)`. */
  readonly set: string;
  /** Which rows still need it, such as `name <> lower(name)`. */
  readonly where: string;
  /** For `$1`, `$2` in `set` and `where`. */
  readonly parameters?: readonly unknown[];
  /** The most rows that one transaction looks at; default 1000. */
  readonly batch?: number;
  /** Batches become smaller until one takes no longer than this; default 1000. */
  readonly batchMs?: number;
  /** How long others have the table to themselves between two batches; default 50. */
  readonly pauseMs?: number;
  /** How long a batch waits for rows that others hold, before it is tried again; default 500. */
  readonly lockTimeoutMs?: number;
  /** How often a batch is tried; default 20. */
  readonly attempts?: number;
  /** Keeps apart the progress of two backfills that say the same of one table. */
  readonly name?: string;
  /** Stops between two batches; a later run goes on from there. */
  readonly signal?: AbortSignal;
  readonly onBatch?: (soFar: BackfillResult) => unknown;
}

export interface BackfillResult {
  /** Changed rows, with those of runs that were stopped. */
  readonly rows: number;
  readonly batches: number;
  /** Batches that had to be tried again, since others held the rows. */
  readonly retries: number;
  /** It went on where a run before was stopped. */
  readonly resumed: boolean;
}

const WHOLE_NUMBERS = ['batch', 'batchMs', 'lockTimeoutMs', 'attempts'] as const;
const ROWS = 1_000;
const MOST_ROWS = 100_000;

/**
 * Changes many rows, batch by batch in the order of the primary key, each in a short transaction of
 * its own. For migrations with `transaction = false`; what was done is remembered in the database.
 */
export async function backfill(
  runner: QueryRunner,
  options: BackfillOptions,
): Promise<BackfillResult> {
  check(options);
  if (runner instanceof RecordingQueryRunner) return recorded(runner, options);
  if (runner.isTransactionActive) throw inTransaction();
  return new BackfillRun(runner, {
    parameters: [],
    batch: ROWS,
    batchMs: 1_000,
    pauseMs: 50,
    lockTimeoutMs: 500,
    attempts: 20,
    name: '',
    ...options,
  }).run();
}

/**
 * What somebody who reads the migration, judges it or approves it is shown: all that it changes, as
 * one statement. `IS TRUE` means the same, and is not what an UPDATE in one go would be written as.
 */
async function recorded(
  runner: RecordingQueryRunner,
  { table, set, where, parameters = [], batch = ROWS }: BackfillOptions,
): Promise<BackfillResult> {
  await runner.query(
    `/* in batches of ${batch} rows */ UPDATE ${table} SET ${set} WHERE (${where}) IS TRUE`,
    [...parameters],
  );
  return { rows: 0, batches: 0, retries: 0, resumed: false };
}

function check(options: BackfillOptions): void {
  for (const name of ['table', 'set', 'where'] as const) {
    const text: unknown = options[name];
    if (typeof text !== 'string' || text.trim() === '') throw refused(`${name} is empty`);
    const { code, withoutComments } = readSql(text);
    if (code.includes(';')) throw refused(`${name} holds more than one statement`);
    if (withoutComments !== text) throw refused(`${name} holds a comment`);
  }
  for (const name of WHOLE_NUMBERS) {
    const value = options[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw refused(`${name} is no whole number from 1 on`);
    }
  }
  if ((options.batch ?? 1) > MOST_ROWS) throw refused(`batch is more than ${MOST_ROWS} rows`);
  const pause = options.pauseMs;
  if (pause !== undefined && !(pause >= 0)) throw refused('pauseMs is no time');
  if (/(?:^|,)\s*(?:tenant_id|"tenant_id")\s*=/i.test(readSql(options.set).withoutLiterals)) {
    throw refused('set moves rows to another tenant');
  }
}

function refused(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem: `The backfill cannot be done as it is asked for: ${problem}`,
    mend: "Write { table: 'orders', set: 'code = upper(code)', where: 'code <> upper(code)', batch: 1000 }",
  });
}

function inTransaction(): InvalidInputError {
  return new InvalidInputError({
    problem:
      'A backfill inside a transaction would hold every row that it has changed until the end',
    mend: 'Put `transaction = false` into the class of the migration, and the backfill into a migration of its own',
  });
}
