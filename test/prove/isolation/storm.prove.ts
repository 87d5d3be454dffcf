import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Bar, recordBar } from '../../support/bars.js';
import { type PooledShop, openPooledShop, pgBouncerIsMissing } from '../../support/pooled-shop.js';
import { type ShopSource, openShop } from '../../support/shop-source.js';
import { type StormPlan, type StormReport, storm } from '../../support/storm/storm.js';

const SEED = Number(process.env['ROWGUARD_SEED'] ?? Date.now() % 1_000_000);
const PLAN: StormPlan = {
  tenants: 50,
  tasks: 200,
  statements: 100_000,
  watchdogMs: 60_000,
  seed: SEED,
};
const POOL = { max: 3, acquireTimeoutMs: 55_000 };

describe('a storm on a server', () => {
  let shop: ShopSource;
  let report: StormReport;

  beforeAll(async () => {
    shop = await openShop({ pool: POOL });
    report = await storm(shop.source, shop.database, PLAN);
  });
  afterAll(() => shop.close());

  it('reaches its bars', () => judge('storm', report, PLAN));
});

const withPooler = pgBouncerIsMissing() ? describe.skip : describe;

withPooler('a storm behind a pooler with one backend', () => {
  const plan = { ...PLAN, statements: 20_000 };
  let shop: PooledShop;
  let report: StormReport;

  beforeAll(async () => {
    shop = await openPooledShop({ pool: { ...POOL, max: 4 } });
    report = await storm(shop.source, shop.database, plan);
  });
  afterAll(() => shop.close());

  it('reaches its bars', () => judge('storm behind PgBouncer', report, plan));
});

function judge(name: string, report: StormReport, plan: StormPlan): void {
  const { statements, leaks, hangs, surprises, verdict } = report;
  const bars: Bar[] = [
    bar(`${name}: statements`, statements, `>= ${plan.statements}`, statements >= plan.statements),
    none(`${name}: rows of another tenant seen`, leaks),
    none(`${name}: tasks that hung`, hangs),
    none(`${name}: writes lost, kept or misplaced`, verdict.wrongs),
    none(`${name}: errors that nothing explains`, surprises),
  ];
  expect(Object.values(report.struck).every((times) => times > 0)).toBe(true);
  for (const one of bars) recordBar(one);
  process.stdout.write(
    `${name}, seed ${plan.seed}: ${JSON.stringify({ acts: report.acts, broken: report.broken, struck: report.struck, fates: report.fates })}\n`,
  );
  const examples = [...leaks, ...hangs, ...verdict.wrongs, ...surprises].slice(0, 20);
  expect({ missed: bars.filter((one) => !one.passed), examples }).toEqual({
    missed: [],
    examples: [],
  });
}

function none(name: string, found: readonly string[]): Bar {
  return bar(name, found.length, '0', found.length === 0);
}

function bar(name: string, measured: number, target: string, passed: boolean): Bar {
  return { bar: name, measured, target, passed };
}
