import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { TenantRepository } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { Customer } from '../../support/shop.js';
import { tenantNumber } from '../../support/storm/storm.js';

const TENANTS = 20;
const ROWS_EACH = 500;
const ROUNDS = 41;
const READS = 200;
const MOST = 1.25;

const TEXT = 'select id, email, note from customers where tenant_id = $1 and id = $2';

/** What isolation costs: the same read with and without it, in turns, on the same server. */
describe('a point read', () => {
  let shop: ShopSource;
  let plain: pg.Pool;
  let keys: { tenantId: string; id: string }[];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await openShop({ pool: { max: 1 } });
    plain = new pg.Pool({ connectionString: shop.database.url, max: 1 });
    const customers = new TenantRepository(Customer, shop.source);
    keys = [];
    for (let at = 0; at < TENANTS; at++) {
      const tenantId = tenantNumber(at);
      const rows = Array.from({ length: ROWS_EACH }, (_, row) => ({ email: `${row}@${at}` }));
      const { identifiers } = await as(tenantId, () => customers.insert(rows));
      keys.push(...identifiers.map(({ id }) => ({ tenantId, id: id as string })));
    }
    await shop.database.asOwner((client) => client.query('vacuum analyze customers'));
  });
  afterAll(async () => {
    await plain.end();
    await shop.close();
  });

  const key = (at: number): { tenantId: string; id: string } =>
    keys[(at * 7_919) % keys.length] as { tenantId: string; id: string };

  const ways: Record<'bound' | 'unnamed' | 'named', (at: number) => Promise<number>> = {
    bound: async (at) => {
      const { tenantId, id } = key(at);
      const rows = await as(tenantId, () => shop.source.query<unknown[]>(TEXT, [tenantId, id]));
      return rows.length;
    },
    unnamed: async (at) => {
      const { tenantId, id } = key(at);
      return (await plain.query(TEXT, [tenantId, id])).rows.length;
    },
    named: async (at) => {
      const { tenantId, id } = key(at);
      return (await plain.query({ name: 'read', text: TEXT, values: [tenantId, id] })).rows.length;
    },
  };

  it('bound to a tenant costs little more than one with a WHERE by hand', async () => {
    const times: Record<keyof typeof ways, number[]> = { bound: [], unnamed: [], named: [] };
    const order = Object.keys(ways) as (keyof typeof ways)[];
    for (let round = 0; round < ROUNDS; round++) {
      for (const way of round % 2 === 0 ? order : [...order].reverse()) {
        const begun = performance.now();
        for (let at = 0; at < READS; at++) {
          if ((await ways[way](round * READS + at)) !== 1) throw new Error(`${way} found no row`);
        }
        times[way].push((performance.now() - begun) / READS);
      }
    }
    const [bound, unnamed, named] = [times.bound, times.unnamed, times.named].map(median);
    const ratio = (bound as number) / (unnamed as number);
    recordBar({
      bar: 'point read, bound against a WHERE by hand on pg (median ratio)',
      measured: rounded(ratio),
      target: `<= ${MOST}`,
      passed: ratio <= MOST,
    });
    process.stdout.write(
      `microseconds a read: bound ${micro(bound)}, pg ${micro(unnamed)}, pg with a named statement ${micro(named)} (ratio to it ${rounded((bound as number) / (named as number))})\n`,
    );
    expect(ratio).toBeLessThanOrEqual(MOST);
  });
});

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function micro(milliseconds: number | undefined): number {
  return Math.round((milliseconds ?? 0) * 1_000);
}
