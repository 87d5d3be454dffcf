import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Param } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  AcquireTimeoutError,
  DatabaseErrorFilter,
  type DatabaseErrorFilterOptions,
  DatabaseUnavailableError,
  type HttpProblem,
  InvalidOptionsError,
  LockTimeoutError,
  ReadOnlyError,
  ServerExhaustedError,
  StatementTimeoutError,
  TransactionAbortedError,
  TransactionConflictError,
  UniqueViolationError,
} from 'nestjs-rowguard';
import {
  EntityNotFoundError,
  EntityPropertyNotFoundError,
  OptimisticLockVersionMismatchError,
  QueryFailedError,
} from 'typeorm';
import { HttpClient } from './http-client.js';

const nothing = (): void => undefined;
const SILENT = { log: nothing, error: nothing, warn: nothing };
const CANARY = 'canary-1913';
const TAKEN = 'This address is taken';

const details = { problem: `${CANARY} problem`, mend: CANARY };
const raw = (code: string, more: object = {}) =>
  new QueryFailedError(
    `select ${CANARY}`,
    [CANARY],
    Object.assign(new Error(CANARY), { code, detail: CANARY, table: CANARY, ...more }),
  );
const unique = (constraint: string, properties: readonly string[] = ['email']) =>
  new UniqueViolationError(
    { constraint, table: CANARY, properties, meaning: 'another Guest has this email' },
    raw('23505', { constraint }),
  );

const THROWN = {
  'customers-email': () => unique('customers_email_key'),
  'customers-name': () => unique('customers_name_key', []),
  'other-constraint': () => unique('other_key'),
  inherited: () => unique('toString'),
  'raw-unique': () => raw('23505', { constraint: 'customers_email_key' }),
  'raw-other': () => raw('23505', { constraint: 'other_key' }),
  'raw-reference': () => raw('23503'),
  'raw-input': () => raw('22P02'),
  'raw-conflict': () => raw('40001'),
  'raw-lock': () => raw('55P03'),
  'raw-unknown': () => raw('XX000'),
  'not-found': () => new EntityNotFoundError(CANARY, { secret: CANARY }),
  'old-version': () => new OptimisticLockVersionMismatchError(CANARY, 1, 2),
  mistake: () => new EntityPropertyNotFoundError(CANARY, { targetName: CANARY } as never),
  busy: () => new AcquireTimeoutError(details),
  locked: () => new LockTimeoutError(details),
  slow: () => new StatementTimeoutError(details),
  gone: () => new DatabaseUnavailableError(details),
  full: () => new ServerExhaustedError(details),
  'read-only': () => new ReadOnlyError(details),
  conflict: () => new TransactionConflictError(CANARY, raw('40P01')),
  aborted: () => new TransactionAbortedError(raw('25P02')),
};

@Controller('thrown')
class ThrowingController {
  @Get(':what')
  throwOne(@Param('what') what: keyof typeof THROWN): never {
    throw THROWN[what]();
  }
}

const OPTIONS: DatabaseErrorFilterOptions = {
  constraints: {
    customers_email_key: TAKEN,
    customers_name_key: { message: 'Take another name', field: 'name', status: 422 },
  },
};

describe.each(['Express', 'Fastify'] as const)('what the filter answers, on %s', (on) => {
  let app: INestApplication;
  let http: HttpClient;

  beforeAll(async () => {
    const module = await Test.createTestingModule({
      controllers: [ThrowingController],
      providers: [{ provide: APP_FILTER, useValue: new DatabaseErrorFilter(OPTIONS) }],
    })
      .setLogger(SILENT)
      .compile();
    app =
      on === 'Fastify'
        ? module.createNestApplication(new FastifyAdapter())
        : module.createNestApplication();
    http = await HttpClient.start(app);
  });
  afterAll(() => app.close());

  const call = async (what: keyof typeof THROWN) => {
    const answer = await http.call<HttpProblem>(`/thrown/${what}`);
    expect(answer.type).toContain('application/problem+json');
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    return answer;
  };

  it('to a constraint that the application has a sentence for', async () => {
    const { status, body } = await call('customers-email');

    expect(status).toBe(409);
    expect(body).toMatchObject({
      detail: TAKEN,
      code: 'ROWGUARD_UNIQUE_VIOLATION',
      fields: [{ field: 'email', problems: [TAKEN] }],
    });
  });

  it('with the field and the status that the application names', async () => {
    const { status, body } = await call('customers-name');

    expect(status).toBe(422);
    expect(body).toMatchObject({
      status: 422,
      title: 'Unprocessable Entity',
      fields: [{ field: 'name', problems: ['Take another name'] }],
    });
  });

  it.each(['other-constraint', 'inherited'] as const)(
    'in its own words to any other constraint: %s',
    async (what) => {
      expect((await call(what)).body).toMatchObject({ detail: 'There is such a row already' });
    },
  );

  it('the same way to an error of TypeORM that came past us', async () => {
    const { status, body } = await call('raw-unique');

    expect([status, body.detail, body.code]).toEqual([409, TAKEN, 'ROWGUARD_UNIQUE_VIOLATION']);
  });

  it.each([
    ['raw-other', 409, 'ROWGUARD_UNIQUE_VIOLATION'],
    ['raw-reference', 422, 'ROWGUARD_REFERENCE_MISSING'],
    ['raw-input', 400, 'ROWGUARD_INPUT_INVALID'],
    ['raw-conflict', 409, 'ROWGUARD_TRANSACTION_CONFLICT'],
    ['raw-lock', 503, 'ROWGUARD_LOCK_TIMEOUT'],
    ['not-found', 404, 'ROWGUARD_ROW_NOT_FOUND'],
    ['old-version', 409, 'ROWGUARD_VERSION_CONFLICT'],
    ['raw-unknown', 500, undefined],
    ['mistake', 500, undefined],
    ['conflict', 409, 'ROWGUARD_TRANSACTION_CONFLICT'],
    ['aborted', 500, undefined],
  ] as const)('%s with %i, and tells nothing of the inside', async (what, status, code) => {
    const answer = await call(what);

    expect([answer.status, answer.body.status, answer.body.code]).toEqual([status, status, code]);
  });

  it.each([
    ['busy', '1'],
    ['locked', '1'],
    ['gone', '5'],
    ['full', '30'],
    ['read-only', '5'],
    ['slow', null],
  ] as const)('503 to %s, and when to come back: %s', async (what, seconds) => {
    const response = await fetch(`${await app.getUrl()}/thrown/${what}`);
    await response.text();

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe(seconds);
  });
});

describe('the options of the filter', () => {
  it.each([
    [{ constraint: {} }, 'there is no constraint'],
    [{ constraints: 'all' }, 'no object'],
    [{ constraints: null }, 'no object'],
    [{ constraints: { a_key: '' } }, 'a_key'],
    [{ constraints: { a_key: 7 } }, 'a_key'],
    [{ constraints: { a_key: null } }, 'a_key'],
    [{ constraints: { a_key: { field: 'a' } } }, 'a_key'],
    [{ constraints: { a_key: { message: 'm', status: 200 } } }, 'a_key'],
    [{ constraints: { a_key: { message: 'm', field: 7 } } }, 'a_key'],
  ])('are refused where they make no sense: %j', (options, problem) => {
    expect(() => new DatabaseErrorFilter(options as never)).toThrow(InvalidOptionsError);
    expect(() => new DatabaseErrorFilter(options as never)).toThrow(problem);
  });
});
