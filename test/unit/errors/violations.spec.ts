import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import {
  InvalidInputError,
  getConstraintName,
  getErrorDetail,
  isCheckViolation,
  isForeignKeyViolation,
  isNotNullViolation,
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
  });

  it.each([[undefined], [null], ['23505'], [{}], [new Error('x')], [{ code: 'ECONNREFUSED' }]])(
    'are not found on %p',
    (error) => {
      expect(isUniqueViolation(error)).toBe(false);
      expect(getConstraintName(error)).toBeUndefined();
    },
  );
});
