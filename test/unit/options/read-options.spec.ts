import { describe, expect, it } from '@jest/globals';
import { InvalidOptionsError } from 'nestjs-rowguard';
import { OPTION_TABLE } from '../../../src/option-table.js';
import { readOptions } from '../../../src/read-options.js';

const PASSWORD = 'hunter2';
const ADDRESS = `postgresql://me:${PASSWORD}@db.example/app`;

/** Option, a value that does not fit, how it is shown, what would fit. */
const WRONG: readonly (readonly [option: string, value: unknown, shown: string, fits: string])[] = [
  ['name', '1 bad', '"1 bad"', 'letter'],
  ['url', `mysql://me:${PASSWORD}@db.example/app`, 'not shown', 'postgresql://'],
  ['adminUrl', `me:${PASSWORD}@db.example`, 'not shown', 'postgresql://'],
  ['ssl', PASSWORD, 'not shown', 'true, false or an object'],
  ['ssl', { mode: 'prefer' }, 'not shown', 'verify-full'],
  ['ssl', { servername: 7 }, 'not shown', 'servername'],
  ['ssl', [], 'not shown', 'true, false or an object'],
  ['allowDestructive', 'perhaps', '"perhaps"', 'boolean'],
  ['embedded', 7, '7', "a directory, 'memory', true or false"],
  ['embedded', ADDRESS, 'not shown', 'named by url'],
  ['entities', 'Invoice', '"Invoice"', 'list of classes'],
  ['subscribers', [1], 'object', 'list of classes'],
  ['migrations', [null], 'object', 'list of classes'],
  ['schema', 'some', '"some"', "'none'"],
  ['schema', ['studies', 'cakes'], 'object', 'identity, studies'],
  ['lint', 'strict', '"strict"', 'object'],
  ['migrate', 'sometimes', '"sometimes"', 'safe, all, check, off'],
  ['replicas', ADDRESS, 'not shown', 'array'],
  ['replicas', [`mysql://me:${PASSWORD}@db.example`], 'not shown', 'list of URLs'],
  ['strategy', ADDRESS, 'not shown', 'direct, pooler, serverless, embedded'],
  ['serverless', 'wss://proxy', 'not shown', 'object'],
  ['serverless.proxy', 'https://proxy.example', 'not shown', 'wss://'],
  ['serverless.proxy', 5, '5', 'function of host and port'],
  ['serverless.pooled', 'yes', '"yes"', 'boolean'],
  ['serverless.webSocket', 'ws', '"ws"', 'function'],
  ['cache', { duration: '1s' }, 'object', 'milliseconds'],
  ['logging', ['loud'], 'object', 'query, schema, error'],
  ['pool', 5, '5', 'object'],
  ['pool.max', 0, '0', 'not be less than 1'],
  ['pool.min', -1, '-1', 'not be less than 0'],
  ['pool.systemMax', 1, '1', 'not be less than 2'],
  ['pool.acquireTimeoutMs', 'soon', '"soon"', 'integer'],
  ['pool.idleTimeoutMs', 1.5, '1.5', 'integer'],
  ['pool.maxLifetimeSeconds', Number.NaN, 'NaN', 'integer'],
  ['pool.statementTimeoutMs', 1e12, '1000000000000', 'not be greater'],
  ['pool.lockTimeoutMs', true, 'true', 'integer'],
  ['pool.idleInTransactionTimeoutMs', '60', '"60"', 'integer'],
  ['pool.preparedStatements', 20_000, '20000', 'not be greater than 10000'],
  ['pool.leakMs', 'never', '"never"', 'integer'],
  ['metrics', 'on', '"on"', 'true, false'],
  ['metrics', { meterProvider: {} }, 'object', 'meterProvider'],
  ['slowStatementMs', -5, '-5', 'not be less than 0'],
  ['pool.maxPerTenant', 0, '0', 'not be less than 1'],
  ['pool.drainMs', -1, '-1', 'not be less than 0'],
  ['replication', 'soon', '"soon"', 'object'],
  ['replication.maxLagMs', 0, '0', 'not be less than 1'],
  ['replication.waitMs', '5', '"5"', 'integer'],
  ['replication.checkMs', 1, '1', 'not be less than 10'],
  ['scale', 'sharded', '"sharded"', 'single, citus'],
  ['tenancy.signed', 'always', '"always"', 'prepare'],
  ['audit', 'on', '"on"', 'object'],
  ['audit.capture', 'wal', '"wal"', 'trigger, orm'],
  ['audit.missingActor', 'ignore', '"ignore"', 'refuse, anonymous'],
  ['audit.shipped', 'yes', '"yes"', 'boolean'],
  ['audit.maxRows', 0, '0', 'not be less than 1'],
  ['health', 'often', '"often"', 'object'],
  ['health.timeoutMs', 0, '0', 'not be less than 10'],
  ['health.cacheMs', '1s', '"1s"', 'integer'],
  ['health.factsMs', 1, '1', 'not be less than 100'],
  ['health.maxWaiting', -1, '-1', 'not be less than 0'],
  ['health.longTransactionS', 'long', '"long"', 'number'],
  ['health.idleInTransactionS', -0.5, '-0.5', 'not be less than 0'],
  ['health.maxReplicaLagBytes', 0.5, '0.5', 'integer'],
  ['health.backup', { lastAt: 'yesterday' }, 'object', 'a function lastAt'],
  ['health.backup', { lastAt: () => undefined, maxAgeHours: 0 }, 'object', 'above 0'],
  ['health.backup', ADDRESS, 'not shown', 'a function lastAt'],
  ['softDelete', 30, '30', 'object'],
  ['softDelete.keepDays', 0.5, '0.5', 'integer'],
  ['softDelete.ownerTriggers', 'no', '"no"', 'boolean'],
  ['tenancy', 'header', '"header"', 'object'],
  ['tenancy.resolve', 'header', '"header"', 'function'],
  ['tenancy.walls', true, 'true', 'object'],
  ['tenancy.walls.predicate', 'no', '"no"', 'boolean'],
  ['tenancy.walls.policies', 0, '0', 'boolean'],
];

describe('readOptions', () => {
  it.each(WRONG)('refuses a wrong %s (%j)', (option, value, shown, fits) => {
    const message = refusal(optionsWith(option, value));

    expect(message.startsWith(option)).toBe(true);
    expect(message).toContain(fits);
    expect(message).toContain(`(given: ${shown}`);
    expect(message).not.toContain(PASSWORD);
  });

  it('has a wrong value for every option', () => {
    const tried = new Set(WRONG.map(([option]) => option));

    expect(OPTION_TABLE.map((row) => row.option).filter((one) => !tried.has(one))).toEqual([]);
  });

  it.each(['tenants', 'pool.maximum', 'tenancy.wall', 'tenancy.walls.both'])(
    'refuses %s, which is not an option',
    (option) => {
      expect(refusal(optionsWith(option, ADDRESS))).toMatch(`${option} is not an option`);
    },
  );

  it('names every wrong option at once', () => {
    const message = refusal({ migrate: 'x', strategy: 'y' });

    expect(message).toContain('migrate');
    expect(message).toContain('strategy');
  });

  it.each([null, 'postgresql://db', 7, () => ({})])('refuses %p instead of options', (given) => {
    expect(refusal(given)).toContain('not an object');
  });

  it.each([
    [{ embedded: false }, 'No database is configured'],
    [{ adminUrl: ADDRESS }, 'adminUrl (DATABASE_ADMIN_URL) is given without url'],
    [{ replicas: [ADDRESS] }, 'replicas is given without url'],
    [{ pool: { min: 5, max: 4 } }, 'pool.min (5) is larger than pool.max (4)'],
    [{ tenancy: { walls: { predicate: false, policies: false } } }, 'are both false'],
    [{ tenancy: { signed: true, walls: { policies: false } } }, 'walls.policies is false'],
    [{ tenancy: { signed: true }, scale: 'citus' }, 'given together'],
    [{ tenancy: { signed: 'prepare' }, scale: 'citus' }, 'given together'],
  ])('refuses what does not go together: %j', (given, problem) => {
    expect(refusal(given)).toContain(problem);
  });

  it('reads null as not given', () => {
    const given = { url: null, pool: { max: null }, tenancy: null };

    expect(readOptions(given as never, {})).toEqual(readOptions({}, {}));
  });

  it('keeps the defaults of a group of which one value is given', () => {
    const { pool, tenancy } = readOptions(
      { pool: { max: 3 }, tenancy: { walls: { predicate: false } } },
      {},
    );

    expect(pool).toMatchObject({ max: 3, systemMax: 4, acquireTimeoutMs: 10_000 });
    expect(tenancy.walls).toEqual({ predicate: false, policies: true });
  });
});

function optionsWith(option: string, value: unknown): object {
  return option
    .split('.')
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function refusal(given: unknown): string {
  try {
    readOptions(given as never, {});
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({ code: 'ROWGUARD_OPTIONS_INVALID' });
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}
