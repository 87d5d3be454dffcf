import { describe, expect, it } from '@jest/globals';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { lossOf } from '../../../src/connection/lost-connection.js';
import { ConnectionLostError, OutcomeUnknownError, httpProblem } from 'nestjs-rowguard';

const coded = (code: string, message = 'as it was'): Error =>
  Object.assign(new Error(message), { code });
const GONE = new Error('Connection terminated unexpectedly');
const told = (
  text: string,
  more: { cause?: Error; unsent?: true; inside?: true } = {},
): ConnectionLostError | undefined => {
  const { cause = GONE, unsent, inside = false } = more;
  const error = unsent ? cause : new QueryFailedError(text, [], cause);
  return lossOf(error, { text, isTransactionActive: inside, lostBy: undefined });
};

describe('a connection that is lost', () => {
  it.each([
    ...['57P01', '57P02', '57P03', '08006', '08000', '53300', '25P03'].map((code) => coded(code)),
    ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT'].map((code) => coded(code)),
    Object.assign(coded('XX000'), { severity: 'FATAL' }),
    GONE,
    new Error('Connection terminated due to connection timeout'),
  ])('%s is one', (cause) => {
    expect(told('select 1', { cause })).toBeInstanceOf(ConnectionLostError);
  });

  it.each([coded('23505'), coded('57014'), coded('40001'), new Error('x'), coded('EACCES')])(
    '%s is none',
    (cause) => {
      expect(told('select 1', { cause })).toBeUndefined();
    },
  );

  it.each([
    ['select 1', {}, 'none', /nothing was changed/],
    ['insert into t values (1)', { unsent: true as const }, 'none', /nothing was sent/],
    ['insert into t values (1)', { inside: true as const }, 'none', /nothing of it was kept/],
    ['START TRANSACTION', {}, 'none', /nothing of it was kept/],
    ['insert into t values (1)', {}, 'unknown', /Look whether it is there/],
    ['select spend(1)', {}, 'unknown', /Look whether it is there/],
    ['COMMIT', { inside: true as const }, 'unknown', /Look whether it is there/],
    ['ROLLBACK', { inside: true as const }, 'none', /nothing of it was kept/],
  ])('says of %s (%j) what became of it: %s', (text, more, outcome, sentence) => {
    const error = told(text, more);
    expect(error).toMatchObject({ outcome });
    expect(error?.message).toMatch(sentence);
    expect(error instanceof OutcomeUnknownError).toBe(outcome === 'unknown');
    expect(httpProblem(error as ConnectionLostError).status).toBe(503);
  });

  it('a commit that never left is no unknown outcome', () => {
    const error = lossOf(new QueryRunnerAlreadyReleasedError(), {
      text: 'COMMIT',
      isTransactionActive: true,
      lostBy: coded('57P01'),
    });
    expect(error).toMatchObject({ outcome: 'none', given: { sqlState: '57P01' } });
  });

  it('a runner that was released in order is no lost connection', () => {
    const around = { text: 'select 1', isTransactionActive: false, lostBy: undefined };
    expect(lossOf(new QueryRunnerAlreadyReleasedError(), around)).toBeUndefined();
  });
});
