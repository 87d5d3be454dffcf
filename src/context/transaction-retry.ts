import { setTimeout as pause } from 'node:timers/promises';
import { InvalidInputError } from '../errors/invalid-input.error.js';
import { TransactionAbortedError } from '../errors/transaction-aborted.error.js';
import { TransactionConflictError } from '../errors/transaction-conflict.error.js';
import { isDeadlock, isSerializationFailure } from '../errors/violations.js';

/** An attempt that failed, and will be made again. */
export interface FailedAttempt {
  /** 1 for the first. */
  readonly attempt: number;
  readonly attempts: number;
  readonly pauseMs: number;
  readonly error: unknown;
}

/** How often a transaction is run again that PostgreSQL ended because of another one. */
export interface RetryOptions {
  /** With the first. Default: 5. */
  readonly attempts?: number;
  /** The longest pause before the second attempt; it doubles with each. Default: 20. */
  readonly minMs?: number;
  /** The longest pause of all. Default: 1000. */
  readonly maxMs?: number;
  /** Ends the pauses, and begins no further attempt. */
  readonly signal?: AbortSignal;
  /** Hears of each attempt that failed and is made again; what it throws ends the attempts. */
  readonly onRetry?: (failed: FailedAttempt) => void;
}

interface Log {
  debug?(message: string): unknown;
  warn(message: string): unknown;
}

/** Errors that came after a COMMIT had been answered. */
const afterCommit = new WeakSet<object>();

/** What the error came out of is done, and must not be done twice. */
export function cameAfterCommit(error: unknown): void {
  if (typeof error === 'object' && error !== null) afterCommit.add(error);
}

type Limits = Required<Pick<RetryOptions, 'attempts' | 'minMs' | 'maxMs'>> &
  Pick<RetryOptions, 'signal' | 'onRetry'>;

const DEFAULTS = { attempts: 5, minMs: 20, maxMs: 1_000 };
const MOST_ATTEMPTS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const KEYS = ['attempts', 'minMs', 'maxMs', 'signal', 'onRetry'];

export function checkedRetry(retry: boolean | RetryOptions | undefined): Limits | undefined {
  if (retry === undefined || retry === false) return undefined;
  if (retry === true) return DEFAULTS;
  const given = checkedObject(retry);
  const limits = { ...DEFAULTS, ...withoutUndefined(given) };
  if (given.minMs === undefined) limits.minMs = Math.min(limits.minMs, limits.maxMs);
  if (given.maxMs === undefined) limits.maxMs = Math.max(limits.minMs, limits.maxMs);
  checkNumber('retry.attempts', limits.attempts, 1, MOST_ATTEMPTS);
  checkNumber('retry.minMs', limits.minMs, 0, LONGEST_PAUSE_MS);
  checkNumber('retry.maxMs', limits.maxMs, limits.minMs, LONGEST_PAUSE_MS);
  if (limits.signal !== undefined && !(limits.signal instanceof AbortSignal))
    throw wrong('retry.signal is no AbortSignal');
  if (limits.onRetry !== undefined && typeof limits.onRetry !== 'function')
    throw wrong('retry.onRetry is no function');
  return limits;
}

/**
 * Runs a whole transaction until it is committed. Again only where PostgreSQL said that nothing of
 * it was kept because of another one: after a COMMIT whose answer got lost it might run twice.
 */
export async function retried<T>(
  transaction: () => Promise<T>,
  { attempts, minMs, maxMs, signal, onRetry }: Limits,
  log: Log,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      const result = await transaction();
      if (attempt > 1) log.debug?.(`a transaction was committed by attempt ${attempt}`);
      return result;
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt >= attempts) {
        log.warn(`a transaction was given up after ${attempt} attempts that met others`);
        throw error;
      }
      const pauseMs = Math.random() * Math.min(maxMs, minMs * 2 ** (attempt - 1));
      onRetry?.({ attempt, attempts, pauseMs, error });
      await pause(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}

/** Ended because of others; also where that was swallowed, and only what came after it was told. */
function isConflict(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || afterCommit.has(error)) return false;
  if (error instanceof TransactionConflictError) return true;
  if (error instanceof TransactionAbortedError) return isConflict(error.cause);
  return isSerializationFailure(error) || isDeadlock(error);
}

function checkedObject(retry: RetryOptions): RetryOptions {
  if (typeof retry !== 'object' || retry === null || Array.isArray(retry))
    throw wrong('retry is neither true nor an object');
  const unknown = Object.keys(retry).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw wrong(`retry has no ${unknown.slice(0, 60)}`);
  return retry;
}

function checkNumber(name: string, value: unknown, least: number, most: number): void {
  const fits = typeof value === 'number' && value >= least && value <= most;
  if (fits && (name !== 'retry.attempts' || Number.isInteger(value))) return;
  throw wrong(`${name} has to be a number from ${least} to ${most}`);
}

function withoutUndefined(given: RetryOptions): RetryOptions {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function wrong(problem: string): InvalidInputError {
  return new InvalidInputError({
    problem,
    mend: 'Give true, or any of attempts, minMs, maxMs, signal and onRetry; nothing was run',
  });
}
