import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { Customer } from '../../support/shop.js';
import { tenantNumber } from '../../support/storm/storm.js';

const TENANTS = 20;
const ROWS_EACH = 500;
const ROUNDS = 31;
const READS = 200;
const MOST = 1.3;

const TEXT = 'select id, email, note from customers where tenant_id = $1 and id = $2';

/** What the seal costs: the same read with and without it, in turns, on the same server. */
describe('a point read with a signed binding', () => {
  const shops: ShopSource[] = [];
  const keys: { tenantId: string; id: string }[][] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    for (const signed of [false, true]) {
      const shop = await openShop({ pool: { max: 1 }, tenancy: { signed } });
      const customers = new TenantRepository(Customer, shop.source);
      const known: { tenantId: string; id: string }[] = [];
      for (let at = 0; at < TENANTS; at++) {
        const tenantId = tenantNumber(at);
        const rows = Array.from({ length: ROWS_EACH }, (_, row) => ({ email: `${row}@${at}` }));
        const { identifiers } = await as(tenantId, () => customers.insert(rows));
        known.push(...identifiers.map(({ id }) => ({ tenantId, id: id as string })));
      }
      await shop.database.asOwner((client) => client.query('vacuum analyze customers'));
      shops.push(shop);
      keys.push(known);
    }
  });
  afterAll(async () => {
    for (const shop of shops) await shop.close();
  });

  async function read(which: number, at: number): Promise<number> {
    const known = keys[which] as { tenantId: string; id: string }[];
    const { tenantId, id } = known[(at * 7_919) % known.length] as (typeof known)[number];
    const rows = await as(
      tenantId,
      async () => (await shops[which]?.source.query<unknown[]>(TEXT, [tenantId, id])) ?? [],
    );
    return rows.length;
  }

  it('costs little more than one without', async () => {
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const begun = performance.now();
        for (let at = 0; at < READS; at++) {
          if ((await read(which, round * READS + at)) !== 1) throw new Error('no row');
        }
        times[which as 0 | 1].push((performance.now() - begun) / READS);
      }
    }
    const [plain, signed] = times.map(median) as [number, number];
    const ratio = Math.round((signed / plain) * 100) / 100;
    recordBar({
      bar: 'point read with a signed binding, against an unsigned one (ratio of medians)',
      measured: ratio,
      target: `<= ${MOST}`,
      passed: ratio <= MOST,
    });
    process.stdout.write(
      `microseconds a read: unsigned ${Math.round(plain * 1_000)}, signed ${Math.round(signed * 1_000)}\n`,
    );
    expect(ratio).toBeLessThan(3);
  }, 120_000);
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}
