import { describe, expect, it } from '@jest/globals';
import {
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
const READERS = { getSqlState, getConstraintName, getErrorDetail, getTableName, getColumnName };

const pgError = (code: string, more: object = {}) =>
  Object.assign(new Error(code), { code, ...more });

const fail = (): never => {
  throw new Error('nobody may look');
};
/** As they come out of sandboxes, serializers and other people's wrappers. */
const HOSTILE: readonly (readonly [string, () => unknown])[] = [
  ['a proxy that refuses to be read', () => new Proxy({}, { get: fail, has: fail })],
  [
    'a proxy that was revoked',
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  [
    'a code that cannot be read',
    () => Object.defineProperty(new Error('x'), 'code', { get: fail }),
  ],
  [
    'a cause that cannot be read',
    () => Object.defineProperty(new Error('x'), 'cause', { get: fail }),
  ],
  [
    'errors that are a revoked list',
    () => {
      const { proxy, revoke } = Proxy.revocable<unknown[]>([], {});
      revoke();
      return { errors: proxy };
    },
  ],
  [
    'more errors than a call takes arguments',
    () => ({ errors: Array.from({ length: 1_000_000 }, () => null) }),
  ],
];

describe('an error that cannot be looked at', () => {
  it.each(HOSTILE)('is nothing: %s', (_, made) => {
    const error = made();

    expect(Object.entries(PREDICATES).filter(([, is]) => is(error))).toEqual([]);
    expect(Object.entries(READERS).filter(([, read]) => read(error) !== undefined)).toEqual([]);
  });

  it('hides nothing of what can be looked at', () => {
    const error = Object.defineProperty(pgError('23505', { constraint: 'c' }), 'cause', {
      get: fail,
    });

    expect([isUniqueViolation(error), getConstraintName(error)]).toEqual([true, 'c']);
  });
});

describe('nonsense', () => {
  const circle: { cause?: unknown; errors?: unknown[] } = {};
  circle.cause = circle;
  circle.errors = [circle, null, 'x'];
  const deep = Array.from({ length: 5_000 }).reduce<unknown>((cause) => ({ cause }), undefined);

  it.each(
    [
      undefined,
      null,
      '',
      '23505',
      0,
      Number.NaN,
      23505,
      true,
      Symbol('x'),
      () => '23505',
      [],
      ['23505'],
      {},
      { code: 23505 },
      { code: null },
      { code: 'abcde' },
      { code: '2350' },
      { code: 'E2BIG' },
      { driverError: '23505' },
      { cause: [] },
      { errors: 'many' },
      { code: {} },
      { message: 7 },
      new Error('23505'),
      new Date(),
      circle,
      deep,
      new AggregateError([]),
      Object.create(null),
    ].map((one) => [one]),
  )('%# is nothing', (error) => {
    expect(Object.entries(PREDICATES).filter(([, is]) => is(error))).toEqual([]);
    expect(Object.entries(READERS).filter(([, read]) => read(error) !== undefined)).toEqual([]);
  });

  it('in the fields of an error is left out', () => {
    const error = { code: '23505', constraint: 7, detail: {}, table: null, column: ['a'] };

    expect(isUniqueViolation(error)).toBe(true);
    expect([getConstraintName(error), getErrorDetail(error)]).toEqual([undefined, undefined]);
    expect([getTableName(error), getColumnName(error)]).toEqual([undefined, undefined]);
  });
});
