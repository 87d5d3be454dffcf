import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type DatabaseModuleOptions,
  type RowguardDataSource,
  TenantRepository,
} from 'nestjs-rowguard';
import { ACME, Customer } from '../../support/shop.js';
import { as, openShop } from '../../support/shop-source.js';

const closing: (() => Promise<unknown>)[] = [];
let warnings: string[];

beforeEach(() => {
  warnings = [];
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  jest.restoreAllMocks();
});

async function open(options: DatabaseModuleOptions): Promise<RowguardDataSource> {
  const { source, close } = await openShop(options);
  closing.push(close);
  jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: unknown) => {
    warnings.push(String(text));
  });
  return source;
}

/** What forgets to give its connection back; the warning names this very line. */
async function forgetful(source: RowguardDataSource) {
  const runner = source.createQueryRunner();
  await runner.query('select 1');
  return runner;
}

describe('the log of slow statements', () => {
  it('names a statement without what it was about', async () => {
    const source = await open({ slowStatementMs: 50 });
    const customers = new TenantRepository(Customer, source);

    await as(ACME, async () => {
      await customers.insert({ email: 'quick@acme' });
      await source.query(`select pg_sleep(0.1), 'anna@acme' as email, $1::text`, ['secret']);
      await source.query(`select pg_sleep(0.11), 'otto@acme' as email, $1::text`, ['secret']);
    });

    expect(warnings).toEqual([
      expect.stringMatching(
        /^slow statement: \d{3} ms: select pg_sleep\(\?\), \? as email, \$1::text$/,
      ),
    ]);
  });
});

describe('the leak detector', () => {
  it('warns once of a connection that is held for too long, with the place in the code', async () => {
    const source = await open({ pool: { leakMs: 100 } });
    await as(ACME, async () => {
      const runner = await forgetful(source);
      await pause(400);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^a connection of the pool "application" has been held for \d+ ms, longer than pool\.leakMs \(100\); it was taken at .*watch\.medium-spec\.ts:\d+:\d+$/,
        ),
      ]);
      await runner.release();
    });

    expect(warnings[1]).toMatch(
      /^a connection came back after [4-9]\d\d ms; it was taken at .*watch\.medium-spec\.ts:\d+:\d+$/,
    );
    expect(warnings).toHaveLength(2);
  });

  it('finds the place behind a repository and a transaction, too', async () => {
    const source = await open({ pool: { leakMs: 60 } });
    const customers = new TenantRepository(Customer, source);

    await as(ACME, () =>
      source.transaction(async () => {
        await customers.find();
        await pause(200);
      }),
    );

    expect(warnings.filter((text) => text.includes('watch.medium-spec.ts'))).toHaveLength(2);
  });

  it('says nothing of connections that come back in time', async () => {
    const source = await open({ pool: { leakMs: 300 } });
    for (let at = 0; at < 20; at++) await as(ACME, () => source.query('select pg_sleep(0.02)'));

    expect(warnings).toEqual([]);
  });
});
