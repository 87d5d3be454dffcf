import { describe, expect, it } from '@jest/globals';
import { type DatabaseModuleOptions, InvalidOptionsError } from 'nestjs-rowguard';
import { isPooled } from '../../../src/strategy-of-options.js';
import { readOptions } from '../../../src/read-options.js';

const URL = 'postgresql://app:hunter2@db.example/app';
const POOLED = 'postgresql://app@ep-a-pooler.eu.aws.neon.tech/app';
const given = (options: DatabaseModuleOptions) => options;

describe('a strategy', () => {
  it.each([
    [{}, 'embedded'],
    [{ url: URL }, 'direct'],
    [{ url: 'postgresql://app@ep-a-pooler.eu.aws.neon.tech/app' }, 'pooler'],
    [{ url: 'postgresql://app@ep-a-pooler.eu.aws.neon.tech/app', strategy: 'direct' }, 'direct'],
    [{ url: URL, strategy: 'serverless' }, 'serverless'],
    [{ strategy: 'embedded' }, 'embedded'],
  ] as const)('of %j is %s', (options, strategy) => {
    expect(readOptions(options, {}).strategy).toBe(strategy);
  });

  it.each([
    [given({ strategy: 'serverless' }), 'strategy is serverless, and no url (DATABASE_URL)'],
    [given({ strategy: 'direct' }), 'strategy is direct, and no url (DATABASE_URL)'],
    [given({ strategy: 'pooler' }), 'strategy is pooler, and no url (DATABASE_URL)'],
    [given({ strategy: 'embedded', url: URL }), 'strategy is embedded, and url (DATABASE_URL)'],
    [given({ strategy: 'embedded', embedded: false }), 'embedded is false'],
    [given({ strategy: 'embedded', replicas: [URL] }), 'replicas is given without url'],
    [given({ strategy: 'embedded', ssl: true }), 'ssl (DATABASE_SSL) is given, and the embedded'],
    [given({ strategy: 'serverless', url: URL, ssl: true }), 'the WebSocket encrypts'],
    [given({ strategy: 'serverless', url: URL, ssl: false }), 'the WebSocket encrypts'],
    [
      given({ url: URL, serverless: { proxy: 'wss://proxy.example' } }),
      'serverless is given, and strategy is direct',
    ],
    [
      given({ url: URL, strategy: 'pooler', pool: { statementTimeoutMs: 5 } }),
      'pool.statementTimeoutMs cannot be set behind a pooler',
    ],
    [
      given({
        url: URL,
        strategy: 'serverless',
        serverless: { pooled: true },
        pool: { statementTimeoutMs: 5 },
      }),
      'pool.statementTimeoutMs cannot be set behind a pooler',
    ],
    [given({ url: URL, serverless: { pooled: true } }), 'serverless is given, and strategy is'],
    [
      given({
        url: URL,
        strategy: 'serverless',
        serverless: { pooled: 'yes' as never },
      }),
      'serverless.pooled (DATABASE_SERVERLESS_POOLED)',
    ],
    [
      given({
        url: URL,
        strategy: 'pooler',
        pool: { lockTimeoutMs: 5, idleInTransactionTimeoutMs: 5 },
      }),
      'pool.lockTimeoutMs and pool.idleInTransactionTimeoutMs cannot be set',
    ],
    [
      given({
        url: `${URL}?sslmode=require`,
        strategy: 'serverless',
        serverless: { proxy: 'ws://proxy.example' },
      }),
      'serverless.proxy is a WebSocket without it',
    ],
  ])('is refused where it does not fit what else is said: %j', (options, problem) => {
    expect(() => readOptions(options, {})).toThrow(InvalidOptionsError);
    expect(() => readOptions(options, {})).toThrow(problem);
    expect(() => readOptions(options, {})).toThrow(/^(?!.*hunter2)/);
  });

  it.each<[DatabaseModuleOptions, boolean]>([
    [{ url: URL, strategy: 'serverless' }, false],
    [{ url: URL, strategy: 'serverless', serverless: { pooled: true } }, true],
    [{ url: POOLED, strategy: 'serverless' }, true],
    [{ url: POOLED, strategy: 'serverless', serverless: { pooled: false } }, false],
    [{ url: POOLED }, true],
    [{ url: POOLED, strategy: 'direct' }, false],
  ])('%j shares its sessions: %s', (options, pooled) => {
    expect(isPooled(readOptions(options, {}))).toBe(pooled);
  });

  it('over a WebSocket to a pooler is said in the environment as well', () => {
    const environment = { DATABASE_STRATEGY: 'serverless', DATABASE_SERVERLESS_POOLED: 'true' };

    expect(isPooled(readOptions({ url: URL }, environment))).toBe(true);
    expect(() => readOptions({ url: URL }, { DATABASE_SERVERLESS_POOLED: 'true' })).toThrow(
      'serverless is given, and strategy is direct',
    );
  });

  it('leaves timeouts that nobody has set, or that are off, to the pooler', () => {
    const pool = { statementTimeoutMs: 0, max: 3 };

    expect(readOptions({ url: URL, strategy: 'pooler', pool }, {}).pool.max).toBe(3);
  });

  it('is refused with a timeout from the environment as well', () => {
    const environment = { DATABASE_STATEMENT_TIMEOUT_MS: '50', DATABASE_STRATEGY: 'pooler' };

    expect(() => readOptions({ url: URL }, environment)).toThrow('pool.statementTimeoutMs');
  });
});
