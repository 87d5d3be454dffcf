import { describe, expect, it } from '@jest/globals';
import { InvalidOptionsError } from 'nestjs-rowguard';
import { readOptions } from '../../../src/read-options.js';
import { isPooled } from '../../../src/strategy-of-options.js';

const LOCAL = 'postgresql://postgres:hunter2@db.localtest.me:5432/codex';
const BRANCH = 'postgresql://user:hunter2@ep-xyz.us-east-2.aws.neon.tech/dbname';
const POOLED = 'postgresql://user:hunter2@ep-xyz-pooler.us-east-2.aws.neon.tech/dbname';
const BOTH = { DATABASE_URL: BRANCH, DATABASE_URL_LOCAL_PROXY: LOCAL };

describe('DB_METHOD', () => {
  it.each([
    ['LOCAL_PROXY', LOCAL, undefined],
    ['NEON_BRANCH', BRANCH, 'require'],
    ['PRODUCTION', BRANCH, 'require'],
  ])('%s chooses its address among those that are set', (method, url, ssl) => {
    const options = readOptions({}, { ...BOTH, DB_METHOD: method });

    expect(options).toMatchObject({ url, strategy: 'direct' });
    expect(options.ssl).toBe(ssl);
  });

  it.each([
    ['LOCAL_PROXY', { DATABASE_URL: BRANCH }, 'DATABASE_URL_LOCAL_PROXY'],
    ['NEON_BRANCH', { DATABASE_URL_LOCAL_PROXY: LOCAL }, 'DATABASE_URL'],
    ['PRODUCTION', { DATABASE_URL: '  ' }, 'DATABASE_URL'],
  ])('%s without its variable is refused, and names it', (method, environment, variable) => {
    const read = () => readOptions({}, { ...environment, DB_METHOD: method });

    expect(read).toThrow(InvalidOptionsError);
    expect(read).toThrow(`DB_METHOD is ${method}, and ${variable} is not set`);
  });

  it('is refused where it is none that is known, without showing an address', () => {
    expect(() => readOptions({}, { ...BOTH, DB_METHOD: 'neon' })).toThrow(
      /^DB_METHOD is none that is known \(given: neon\).*LOCAL_PROXY, NEON_BRANCH, PRODUCTION/,
    );
    expect(() => readOptions({}, { ...BOTH, DB_METHOD: BRANCH })).toThrow(/^(?!.*hunter2)/);
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'is refused where only JavaScript knows it: %s',
    (word) => {
      expect(() => readOptions({}, { ...BOTH, DB_METHOD: word })).toThrow('none that is known');
    },
  );

  it('stands behind an address that the code gives, and belongs to the first database only', () => {
    const url = 'postgresql://app@here.example/app';

    expect(readOptions({ url }, { ...BOTH, DB_METHOD: 'nonsense' }).url).toBe(url);
    expect(readOptions({ name: 'two' }, { ...BOTH, DB_METHOD: 'LOCAL_PROXY' }).url).toBeUndefined();
  });

  it('takes the pooler for what it is, and the address without one for schema work', () => {
    const options = readOptions(
      {},
      { DB_METHOD: 'PRODUCTION', DATABASE_URL: POOLED, DATABASE_URL_UNPOOLED: BRANCH },
    );

    expect(options).toMatchObject({ url: POOLED, adminUrl: BRANCH, strategy: 'pooler' });
    expect(isPooled(options)).toBe(true);
  });

  it('lets DATABASE_ADMIN_URL and DATABASE_STRATEGY have their say', () => {
    const options = readOptions(
      {},
      {
        DB_METHOD: 'PRODUCTION',
        DATABASE_URL: POOLED,
        DATABASE_URL_UNPOOLED: BRANCH,
        DATABASE_ADMIN_URL: LOCAL,
        DATABASE_STRATEGY: 'serverless',
      },
    );

    expect(options).toMatchObject({ adminUrl: LOCAL, strategy: 'serverless' });
    expect(options.ssl).toBeUndefined();
    expect(isPooled(options)).toBe(true);
  });

  it.each([
    [`${BRANCH}?sslmode=verify-full`, {}],
    [BRANCH, { DATABASE_SSL: 'false' }],
    ['postgresql://app@localhost/app', {}],
  ])('asks for TLS only where nobody has said anything about it: %s', (url, environment) => {
    const { ssl } = readOptions({}, { ...environment, DATABASE_URL: url, DB_METHOD: 'PRODUCTION' });

    expect(ssl).not.toBe('require');
  });

  it('does nothing where it is not set', () => {
    expect(readOptions({}, { DATABASE_URL_LOCAL_PROXY: LOCAL }).url).toBeUndefined();
    const { url, ssl } = readOptions({}, BOTH);
    expect([url, ssl]).toEqual([BRANCH, undefined]);
  });
});
