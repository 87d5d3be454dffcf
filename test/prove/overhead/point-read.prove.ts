import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { TenantRepository } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { Customer } from '../../support/shop.js';
import { tenantNumber } from '../../support/storm/storm.js';

const TENANTS = 20;
const ROWS_EACH = 500;
const ROUNDS = 41;
const READS = 200;
const MOST_OF_PG = 1.25;
const MOST_OF_TYPEORM = 1.1;

const TEXT = 'select id, email, note from customers where tenant_id = $1 and id = $2';

/** What isolation costs: the same read with and without it, in turns, on the same server. */
describe('a point read', () => {
  let shop: ShopSource;
  let plain: pg.Pool;
  let typeorm: DataSource;
  let keys: { tenantId: string; id: string }[];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await openShop({ pool: { max: 1 } });
    plain = new pg.Pool({ connectionString: shop.database.url, max: 1 });
    typeorm = new DataSource({ type: 'postgres', url: shop.database.url, poolSize: 1 });
    await typeorm.initialize();
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
    await typeorm.destroy();
    await shop.close();
  });

  const key = (at: number): { tenantId: string; id: string } =>
    keys[(at * 7_919) % keys.length] as { tenantId: string; id: string };

  const ways: Record<'bound' | 'unnamed' | 'named' | 'typeorm', (at: number) => Promise<number>> = {
    bound: async (at) => {
      const { tenantId, id } = key(at);
      const rows = await as(tenantId, () => shop.source.query<unknown[]>(TEXT, [tenantId, id]));
      return rows.length;
    },
    typeorm: async (at) => {
      const { tenantId, id } = key(at);
      return (await typeorm.query<unknown[]>(TEXT, [tenantId, id])).length;
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
    const times: Record<keyof typeof ways, number[]> = {
      bound: [],
      unnamed: [],
      named: [],
      typeorm: [],
    };
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
    const bound = median(times.bound);
    judge('a WHERE by hand on pg', bound / median(times.unnamed), MOST_OF_PG);
    judge('a WHERE by hand on plain TypeORM', bound / median(times.typeorm), MOST_OF_TYPEORM);
    const micros = order.map((way) => `${way} ${Math.round(median(times[way]) * 1_000)}`);
    process.stdout.write(`microseconds a read: ${micros.join(', ')}\n`);
    expect(bound).toBeGreaterThan(0);
  }, 120_000);
});

/** Recorded as it is: a missed bar fails the room, and not the measuring. */
function judge(against: string, ratio: number, most: number): void {
  recordBar({
    bar: `point read bound to a tenant, against ${against} (ratio of medians)`,
    measured: Math.round(ratio * 100) / 100,
    target: `<= ${most}`,
    passed: ratio <= most,
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] as number;
}
