import { describe, expect, it } from '@jest/globals';
import { OPTION_TABLE } from '../../../src/option-table.js';
import { readOptions } from '../../../src/read-options.js';

const URL = 'postgresql://app@db.example/app';

describe('the environment', () => {
  it.each([
    ['DATABASE_URL', URL, { url: URL }],
    ['DATABASE_EMBEDDED', 'memory', { embedded: 'memory' }],
    ['DATABASE_MIGRATE', 'check', { migrate: 'check' }],
    ['DATABASE_LOGGING', 'true', { logging: true }],
    ['DATABASE_LOGGING', 'all', { logging: 'all' }],
    ['DATABASE_LOGGING', 'query, error', { logging: ['query', 'error'] }],
    ['DATABASE_POOL_MAX', ' 20 ', { pool: { max: 20, systemMax: 4 } }],
    ['DATABASE_SLOW_STATEMENT_MS', '250', { slowStatementMs: 250 }],
    ['DATABASE_LEAK_MS', '30000', { pool: { leakMs: 30_000 } }],
    ['DATABASE_METRICS', 'true', { metrics: true }],
    ['DATABASE_STATEMENT_TIMEOUT_MS', '5000', { pool: { statementTimeoutMs: 5_000 } }],
  ])('reads %s=%s', (name, value, expected) => {
    expect(readOptions({}, { [name]: value })).toMatchObject(expected);
  });

  it.each([
    ['DATABASE_STRATEGY', 'pooler', { strategy: 'pooler' }],
    ['DATABASE_SSL', 'true', { ssl: true }],
    ['DATABASE_SSL', 'verify-full', { ssl: 'verify-full' }],
    ['DATABASE_SSL', 'no-verify', { ssl: 'no-verify' }],
  ])('reads %s=%s beside an address', (name, value, expected) => {
    expect(readOptions({}, { DATABASE_URL: URL, [name]: value })).toMatchObject(expected);
  });

  it('reads a list of replicas', () => {
    const environment = { DATABASE_URL: URL, DATABASE_REPLICA_URLS: `${URL}1, ${URL}2` };

    expect(readOptions({}, environment).replicas).toEqual([`${URL}1`, `${URL}2`]);
  });

  it('reads nothing from an empty variable', () => {
    const empty = Object.fromEntries(OPTION_TABLE.map((row) => [row.env ?? 'OTHER', ' ']));

    expect(readOptions({}, empty)).toEqual(readOptions({}, {}));
  });

  it('stands behind what the code says', () => {
    const environment = { DATABASE_POOL_MAX: '20', DATABASE_POOL_MIN: '2' };

    expect(readOptions({ pool: { max: 30 } }, environment).pool).toMatchObject({ max: 30, min: 2 });
  });

  it('belongs to the first database only', () => {
    const options = readOptions({ name: 'reports', embedded: 'memory' }, { DATABASE_URL: URL });

    expect(options.url).toBeUndefined();
  });

  it.each([
    ['DATABASE_POOL_MAX', 'many', 'pool.max (DATABASE_POOL_MAX)'],
    ['DATABASE_POOL_MAX', '1e3', 'pool.max (DATABASE_POOL_MAX)'],
    ['DATABASE_MIGRATE', 'yes', 'migrate (DATABASE_MIGRATE)'],
    ['DATABASE_LOGGING', 'loud', 'logging (DATABASE_LOGGING)'],
    ['DATABASE_SSL', 'perhaps', 'ssl (DATABASE_SSL)'],
    ['DATABASE_SERVERLESS_PROXY', 'http://proxy', 'serverless.proxy (DATABASE_SERVERLESS_PROXY)'],
  ])('names the variable when %s=%s does not fit', (name, value, shown) => {
    expect(() => readOptions({}, { [name]: value })).toThrow(shown);
  });

  it('never shows the password of a wrong address', () => {
    const environment = { DATABASE_URL: 'postgres//app:hunter2@db.example/app' };

    expect(() => readOptions({}, environment)).toThrow(/^url \(DATABASE_URL\)(?!.*hunter2)/);
  });
});
