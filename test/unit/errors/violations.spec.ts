import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import {
  DatabaseUnavailableError,
  InvalidInputError,
  OutcomeUnknownError,
  getColumnName,
  getConstraintName,
  getErrorDetail,
  getSqlState,
  getTableName,
  isCheckViolation,
  isConnectionError,
  isDeadlock,
  isExclusionViolation,
  isForeignKeyViolation,
  isLockTimeout,
  isNotNullViolation,
  isSerializationFailure,
  isStatementTimeout,
  isUniqueViolation,
} from 'nestjs-rowguard';

const raw = Object.assign(new Error('duplicate'), {
  code: '23505',
  constraint: 'uq_labels_name',
  detail: 'Key (name)=(a) already exists.',
});

describe('violations of constraints', () => {
  it.each([
    ['a raw error', raw],
    ['an error of TypeORM', new QueryFailedError('insert', [], raw)],
    ['one of ours', new InvalidInputError({ problem: 'p', mend: 'm', cause: raw })],
  ])('are found on %s', (_, error) => {
    expect(isUniqueViolation(error)).toBe(true);
    expect(isForeignKeyViolation(error)).toBe(false);
    expect(getConstraintName(error)).toBe('uq_labels_name');
    expect(getErrorDetail(error)).toContain('already exists');
  });

  it('are told apart', () => {
    expect(isForeignKeyViolation({ code: '23503' })).toBe(true);
    expect(isNotNullViolation({ code: '23502' })).toBe(true);
    expect(isCheckViolation({ code: '23514' })).toBe(true);
    expect(isExclusionViolation({ code: '23P01' })).toBe(true);
  });

  it.each([[undefined], [null], ['23505'], [{}], [new Error('x')], [{ code: 'ECONNREFUSED' }]])(
    'are not found on %p',
    (error) => {
      expect(isUniqueViolation(error)).toBe(false);
      expect(getConstraintName(error)).toBeUndefined();
    },
  );
});

const PREDICATES = {
  isUniqueViolation,
  isForeignKeyViolation,
  isNotNullViolation,
  isCheckViolation,
  isExclusionViolation,
  isSerializationFailure,
  isDeadlock,
  isLockTimeout,
  isStatementTimeout,
  isConnectionError,
};
const pgError = (code: string, more: object = {}) =>
  Object.assign(new Error(code), { code, ...more });
/** Every form in which an error of the driver comes to an application. */
const FORMS: readonly (readonly [string, (below: Error) => unknown])[] = [
  ['raw', (below) => below],
  ['of TypeORM', (below) => new QueryFailedError('select', [], below)],
  ['ours', (cause) => new InvalidInputError({ problem: 'p', mend: 'm', cause })],
  [
    'ours over TypeORM’s',
    (below) =>
      new InvalidInputError({
        problem: 'p',
        mend: 'm',
        cause: new QueryFailedError('select', [], below),
      }),
  ],
  [
    'below errors of the application',
    (cause) => new Error('a', { cause: new Error('b', { cause }) }),
  ],
  ['among several', (below) => new AggregateError([new Error('another'), below])],
  ['among several below one', (below) => new Error('a', { cause: new AggregateError([below]) })],
  [
    'with another code in front',
    (cause) => Object.assign(new Error('x', { cause }), { code: 'ERR_BAD_REQUEST' }),
  ],
];
const MEANINGS: readonly (readonly [string, keyof typeof PREDICATES])[] = [
  ['23505', 'isUniqueViolation'],
  ['23503', 'isForeignKeyViolation'],
  ['23001', 'isForeignKeyViolation'],
  ['23502', 'isNotNullViolation'],
  ['23514', 'isCheckViolation'],
  ['23P01', 'isExclusionViolation'],
  ['40001', 'isSerializationFailure'],
  ['40P01', 'isDeadlock'],
  ['55P03', 'isLockTimeout'],
  ['57014', 'isStatementTimeout'],
  ['08006', 'isConnectionError'],
  ['25P03', 'isConnectionError'],
  ['25P04', 'isConnectionError'],
  ['57P01', 'isConnectionError'],
  ['53300', 'isConnectionError'],
];

describe.each(FORMS)('an error that comes %s', (_, wrapped) => {
  it.each(MEANINGS)('with %s is told by %s, and by nothing else', (code, name) => {
    const error = wrapped(pgError(code));
    const told = Object.entries(PREDICATES).filter(([, is]) => is(error));

    expect(told.map(([one]) => one)).toEqual([name]);
    expect(getSqlState(error)).toBe(code);
  });

  it('is read for what it names', () => {
    const error = wrapped(
      pgError('23502', { table: 'labels', column: 'name', constraint: 'c', detail: 'd' }),
    );

    expect([getTableName(error), getColumnName(error)]).toEqual(['labels', 'name']);
    expect([getConstraintName(error), getErrorDetail(error)]).toEqual(['c', 'd']);
  });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ENOTFOUND',
    'ETIMEDOUT',
    'EPIPE',
    'EAI_AGAIN',
    'ENETDOWN',
  ])('with %s is about the connection, and has no SQLSTATE', (code) => {
    const error = wrapped(pgError(code));

    expect(isConnectionError(error)).toBe(true);
    expect(getSqlState(error)).toBeUndefined();
  });
});

describe('errors of the connection', () => {
  it.each([
    [
      'two addresses that refuse',
      Object.assign(new AggregateError([pgError('ECONNREFUSED'), pgError('ECONNREFUSED')]), {
        code: 'ECONNREFUSED',
      }),
    ],
    ['two addresses, as Promise.any tells', new AggregateError([pgError('ECONNREFUSED')])],
    ['what node-postgres says in words', new Error('Connection terminated unexpectedly')],
    [
      'a refused login of ours',
      new DatabaseUnavailableError({ problem: 'p', mend: 'm', cause: pgError('28P01') }),
    ],
    ['a refused login, as the driver tells', pgError('28P01', { severity: 'FATAL' })],
    ['a database that is gone', pgError('3D000', { severity: 'FATAL' })],
    ['an outcome that nobody knows', new OutcomeUnknownError('p', 'm', new Error('gone'))],
    [
      'one of ours from another copy of this package',
      Object.assign(new Error('p'), { code: 'ROWGUARD_CONNECTION_LOST' }),
    ],
  ])('are known: %s', (_, error) => {
    expect(isConnectionError(error)).toBe(true);
  });

  it('are not those of a statement that was answered', () => {
    const answered = pgError('23505', { cause: pgError('ECONNRESET') });

    expect(isConnectionError(answered)).toBe(false);
  });

  it('are not those that a function of the application raises in such words', () => {
    const raised = Object.assign(new Error('Connection terminated by the bank'), { code: 'P0001' });

    expect(isConnectionError(raised)).toBe(false);
  });
});
