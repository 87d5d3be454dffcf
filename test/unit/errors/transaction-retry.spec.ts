import { describe, expect, it } from '@jest/globals';
import {
  DatabaseUnavailableError,
  type FailedAttempt,
  InvalidInputError,
  type RetryOptions,
  StatementTimeoutError,
  TransactionAbortedError,
  TransactionConflictError,
  TransactionUndoneError,
  UniqueViolationError,
} from 'nestjs-rowguard';
import { QueryFailedError } from 'typeorm';
import { cameAfterCommit, checkedRetry, retried } from '../../../src/context/transaction-retry.js';
import { caught } from '../../support/caught.js';

const QUIET = { warn: () => undefined };
const raw = (code: string) => Object.assign(new Error(code), { code });
const conflict = (code = '40001') => new TransactionConflictError('met', raw(code));
const undone = (cause?: unknown) =>
  new TransactionUndoneError({ problem: 'p', mend: 'm', ...(cause ? { cause } : {}) });
const QUICK: RetryOptions = { minMs: 0, maxMs: 0 };

/** Fails with these, one after the other, and then succeeds with the number of attempts. */
function failing(...errors: unknown[]): () => Promise<number> {
  let attempts = 0;
  return () => {
    attempts++;
    return attempts <= errors.length
      ? Promise.reject(errors[attempts - 1] as Error)
      : Promise.resolve(attempts);
  };
}

function run(work: () => Promise<number>, retry: RetryOptions | true = QUICK): Promise<number> {
  return retried(work, checkedRetry(retry) as NonNullable<ReturnType<typeof checkedRetry>>, QUIET);
}

describe('a transaction that is run again', () => {
  it.each([
    ['our conflict', conflict()],
    ['our deadlock', conflict('40P01')],
    ['a raw error', raw('40001')],
    ['an error of TypeORM', new QueryFailedError('update', [], raw('40P01'))],
    ['an error of the application with a conflict below', new Error('x', { cause: conflict() })],
    ['a conflict that was swallowed', undone(conflict())],
    ['what came after it', new TransactionAbortedError(raw('25P02'), conflict())],
  ])('is one that met %s', async (_, error) => {
    expect(await run(failing(error, error))).toBe(3);
  });

  it.each([
    [
      'a violation',
      new UniqueViolationError(
        { constraint: 'c', table: 't', properties: [], meaning: 'm' },
        raw('23505'),
      ),
    ],
    ['a lost connection', raw('ECONNRESET')],
    ['a server that goes', raw('57P01')],
    ['no server', new DatabaseUnavailableError({ problem: 'p', mend: 'm', cause: raw('57P03') })],
    ['a timeout', new StatementTimeoutError({ problem: 'p', mend: 'm', cause: raw('57014') })],
    ['a COMMIT that undid it for another reason', undone(raw('23505'))],
    ['a COMMIT that undid it, nobody knows why', undone()],
    ['what came after another failure', new TransactionAbortedError(raw('25P02'), raw('23505'))],
    ['nothing that is an error', 'oh no'],
    ['nothing at all', undefined],
  ])('is none that met %s', async (_, error) => {
    expect(await caught(run(failing(error)))).toBe(error);
  });

  it('is none that failed after its COMMIT', async () => {
    const error = conflict();
    cameAfterCommit(error);

    expect(await caught(run(failing(error)))).toBe(error);
  });

  it('is given up after five attempts unless told otherwise, with the last error', async () => {
    const errors = Array.from({ length: 9 }, () => conflict());

    expect(await caught(run(failing(...errors)))).toBe(errors[4]);
    expect(await caught(run(failing(...errors), { ...QUICK, attempts: 2 }))).toBe(errors[1]);
    expect(await caught(run(failing(...errors), { attempts: 1 }))).toBe(errors[0]);
  });

  it('waits at random up to a limit that doubles, and tells of each attempt that failed', async () => {
    const heard: FailedAttempt[] = [];
    const errors = Array.from({ length: 6 }, () => conflict());
    const onRetry = (failed: FailedAttempt) => heard.push(failed);

    await run(failing(...errors), { attempts: 8, minMs: 2, maxMs: 9, onRetry });

    expect(heard.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(heard.map(({ error }) => error)).toEqual(errors);
    const limits = [2, 4, 8, 9, 9, 9];
    expect(heard.filter(({ pauseMs }, at) => pauseMs > (limits[at] ?? 0))).toEqual([]);
    expect(new Set(heard.map(({ pauseMs }) => pauseMs)).size).toBeGreaterThan(1);
  });

  it('ends with what its listener throws', async () => {
    const enough = new Error('enough');
    const onRetry = () => {
      throw enough;
    };

    expect(await caught(run(failing(conflict()), { ...QUICK, onRetry }))).toBe(enough);
  });

  it('begins no attempt once it was called off, and waits no longer', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const onRetry = () => controller.abort(new Error('called off'));
    const started = Date.now();

    const error = await caught(
      run(failing(conflict()), { minMs: 20_000, maxMs: 20_000, signal, onRetry }),
    );

    expect(error).toMatchObject({ message: 'called off' });
    expect(Date.now() - started).toBeLessThan(2_000);
    let begun = 0;
    await caught(run(() => Promise.resolve(begun++), { signal }));
    expect(begun).toBe(0);
  });

  it.each([
    ['often', 'retry is neither true nor an object'],
    [3, 'retry is neither'],
    [null, 'retry is neither'],
    [[], 'retry is neither'],
    [{ attempt: 3 }, 'retry has no attempt'],
    [{ attempts: 0 }, 'retry.attempts'],
    [{ attempts: 1.5 }, 'retry.attempts'],
    [{ attempts: '5' }, 'retry.attempts'],
    [{ attempts: 1e9 }, 'retry.attempts'],
    [{ minMs: -1 }, 'retry.minMs'],
    [{ minMs: Number.NaN }, 'retry.minMs'],
    [{ minMs: 50, maxMs: 10 }, 'retry.maxMs'],
    [{ maxMs: Number.POSITIVE_INFINITY }, 'retry.maxMs'],
    [{ signal: {} }, 'retry.signal'],
    [{ onRetry: 'log' }, 'retry.onRetry'],
  ])('is refused with %j', (retry, problem) => {
    expect(() => checkedRetry(retry as never)).toThrow(InvalidInputError);
    expect(() => checkedRetry(retry as never)).toThrow(problem);
  });

  it('is off where nobody asks for it, and a limit alone moves the other', () => {
    expect([checkedRetry(undefined), checkedRetry(false)]).toEqual([undefined, undefined]);
    expect(checkedRetry({ maxMs: 5 })).toMatchObject({ minMs: 5, maxMs: 5, attempts: 5 });
    expect(checkedRetry({ minMs: 5_000 })).toMatchObject({ minMs: 5_000, maxMs: 5_000 });
    expect(checkedRetry({ attempts: undefined } as never)).toMatchObject({ attempts: 5 });
  });
});
