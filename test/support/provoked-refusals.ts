import {
  type DatabaseError,
  InvalidInputError,
  NotNullViolationError,
  ReadOnlyError,
  ReferenceMissingError,
  ServerExhaustedError,
  StatementRefusedError,
  StatementTimeoutError,
  TransactionConflictError,
  UniqueViolationError,
} from 'nestjs-rowguard';

type ErrorClass = new (...given: never[]) => DatabaseError;

/** Says what a full disk would say, which nobody wants to fill. */
export const RAISE_STATE = `
  create function raise_state(state text) returns void language plpgsql as
  $$ begin raise exception 'so it is' using errcode = state; end $$`;

const many = (what: string, times: number): string => Array(times).fill(what).join(',');

/** Statements of a tenant in the shop, with `statement_timeout`: what each does, and what it ends with. */
export const PROVOKED: readonly (readonly [string, string, ErrorClass, string])[] = [
  ['runs too long', 'select pg_sleep(30)', StatementTimeoutError, '57014'],
  ['is too deep', `select 1${'+1'.repeat(100_000)}`, InvalidInputError, '54001'],
  ['has too many columns', `select ${many('1', 1_700)}`, InvalidInputError, '54011'],
  ['has too many arguments', `select concat_ws(${many(`'a'`, 200)})`, InvalidInputError, '54023'],
  ['is ambiguous', 'select id from customers a, customers b', InvalidInputError, '42702'],
  ['asks for no table', 'select 1 from nowhere', InvalidInputError, '42P01'],
  ['asks for no column', 'select nothing from customers', InvalidInputError, '42703'],
  ['cannot be read', 'select from from', InvalidInputError, '42601'],
  ['has no such number', `select 'x'::int`, InvalidInputError, '22P02'],
  ['has too large a number', 'select 99999999999::int', InvalidInputError, '22003'],
  [
    'leaves out what is needed',
    'insert into customers (email) values (null)',
    NotNullViolationError,
    '23502',
  ],
  [
    'refers to nothing',
    `insert into invoices (number, customer_id) values ('n', gen_random_uuid())`,
    ReferenceMissingError,
    '23503',
  ],
  ['may not be sent', 'select * from pg_authid', StatementRefusedError, '42501'],
  ['repeats a value', `select raise_state('23505')`, UniqueViolationError, '23505'],
  ['meets a full disk', `select raise_state('53100')`, ServerExhaustedError, '53100'],
  ['meets no memory', `select raise_state('53200')`, ServerExhaustedError, '53200'],
  ['meets a limit', `select raise_state('53400')`, ServerExhaustedError, '53400'],
  ['meets another one', `select raise_state('40001')`, TransactionConflictError, '40001'],
  ['meets a deadlock', `select raise_state('40P01')`, TransactionConflictError, '40P01'],
  ['may only read', `select raise_state('25006')`, ReadOnlyError, '25006'],
];
