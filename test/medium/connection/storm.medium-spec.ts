import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ShopSource, openShop } from '../../support/shop-source.js';
import { storm } from '../../support/storm/storm.js';

/** The small one; `npm run prove isolation` runs the great one. */
describe('a storm of tasks on few connections', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    shop = await openShop({ pool: { max: 3, acquireTimeoutMs: 30_000 } });
  });
  afterAll(() => shop.close());

  it('shows no tenant a row of another, loses no write and leaves nobody waiting', async () => {
    const seed = Number(process.env['ROWGUARD_SEED'] ?? Date.now() % 1_000_000);
    const report = await storm(shop.source, shop.database, {
      tenants: 10,
      tasks: 40,
      statements: 3_000,
      watchdogMs: 20_000,
      seed,
    });
    expect({ seed, ...report }).toMatchObject({
      leaks: [],
      hangs: [],
      surprises: [],
      verdict: { wrongs: [] },
    });
    expect(report.statements).toBeGreaterThanOrEqual(3_000);
    expect(Object.values(report.struck).every((times) => times > 0)).toBe(true);
    expect(report.fates.kept).toBeGreaterThan(100);
  }, 60_000);
});
