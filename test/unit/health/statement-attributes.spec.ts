import { describe, expect, it } from '@jest/globals';
import {
  StatementNaming,
  failureAttributes,
} from '../../../src/health/metrics/statement-attributes.js';
import { StatementCache } from '../../../src/sql/statement-cache.js';

const statements = new StatementCache(100);
const naming = new StatementNaming(
  () => undefined,
  () => ['invoices', 'Odd Name'],
);
const attributesOf = (text: string) => naming.attributesOf(statements.get(text), text);
const SYSTEM = { 'db.system.name': 'postgresql' };

describe('the attributes of a statement', () => {
  it.each([
    ['SELECT * FROM "invoices" "i" JOIN "customers" c ON true', 'SELECT', 'invoices'],
    ['select 1 from only public.invoices', 'SELECT', 'invoices'],
    ['INSERT INTO "app"."invoices" VALUES ($1)', 'INSERT', 'invoices'],
    ['update "Odd Name" set a = 1', 'UPDATE', 'Odd Name'],
    ['delete from Invoices', 'DELETE', 'invoices'],
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'START', undefined],
    ['/* from invoices */ commit', 'COMMIT', undefined],
    ["select ' from invoices '", 'SELECT', undefined],
    ['select * from invoices_of_hooli', 'SELECT', undefined],
    ['select * from "Invoices"', 'SELECT', undefined],
    ['0190a000 whatever', undefined, undefined],
    ['grant all to acme', undefined, undefined],
    ['', undefined, undefined],
  ])('of %s', (text, operation, table) => {
    expect(attributesOf(text)).toEqual({
      ...SYSTEM,
      ...(operation === undefined ? {} : { 'db.operation.name': operation }),
      ...(table === undefined ? {} : { 'db.collection.name': table }),
    });
  });

  it('of a text that is too long to be kept are those of its beginning', () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => `('it''s row ${at}', ${at})`);
    const insert = `insert into invoices values ${rows.join(', ')}`;
    const value = `insert into invoices values ('${'x'.repeat(100_000)}')`;
    const of = { ...SYSTEM, 'db.operation.name': 'INSERT', 'db.collection.name': 'invoices' };
    const millisecondsOf = (work: () => unknown): number => {
      const begun = performance.now();
      work();
      return performance.now() - begun;
    };

    expect([attributesOf(insert), attributesOf(value)]).toEqual([of, of]);
    const statement = { ...statements.get(insert) };
    const toRead = millisecondsOf(() => statements.get(insert));
    expect(millisecondsOf(() => naming.attributesOf(statement, insert))).toBeLessThan(toRead / 3);
  });

  it('are read once for each text', () => {
    expect(attributesOf('select 2 from invoices')).toBe(attributesOf('select 2 from invoices'));
  });
});

describe('the attributes of a failure', () => {
  it.each([
    [{ code: '23505' }, { 'error.type': '23505', 'db.response.status_code': '23505' }],
    [{ code: 'ROWGUARD_X' }, { 'error.type': 'ROWGUARD_X' }],
    [{ code: 'EPIPE' }, { 'error.type': 'EPIPE' }],
    [new TypeError('secret'), { 'error.type': 'TypeError' }],
    [{}, { 'error.type': '_OTHER' }],
  ])('of %j', (error, attributes) => {
    expect(failureAttributes(error)).toEqual(attributes);
  });
});
