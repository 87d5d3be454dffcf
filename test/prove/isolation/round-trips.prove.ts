import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantRepository } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { ShopOnTheWire } from '../../support/on-the-wire.js';
import { as } from '../../support/shop-source.js';
import { ACME, Customer } from '../../support/shop.js';

describe('round trips', () => {
  let shop: ShopOnTheWire;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await ShopOnTheWire.open();
  });
  afterAll(() => shop.close());

  const trips = async (work: () => Promise<unknown>): Promise<number> => {
    const counts = await shop.proxy.during(() => as(ACME, work));
    return Math.max(counts.roundTrips, counts.ready);
  };

  it('are one for a statement by itself', async () => {
    const customers = new TenantRepository(Customer, shop.source);
    const kinds = [
      () => customers.find(),
      () => customers.insert({ email: `${Math.random()}` }),
      () => shop.source.query('select * from customers where email = $1', ['x']),
      () => shop.source.query('select * from customers'),
    ];
    let most = 0;
    for (let sight = 1; sight <= 3; sight++) {
      for (const kind of kinds) most = Math.max(most, await trips(kind));
    }
    recordBar({
      bar: 'round trips of a bare statement',
      measured: most,
      target: '1',
      passed: most === 1,
    });
    expect(most).toBe(1);
  });

  it.each([1, 5])('are two more for a transaction of %i statements', async (q) => {
    const send = async (): Promise<void> => {
      for (let at = 0; at < q; at++) await shop.source.query('select * from customers');
    };
    const plain = await trips(() => shop.source.transaction(send));
    const isolated = await trips(() => shop.source.transaction('SERIALIZABLE', send));
    const measured = Math.max(plain, isolated);
    recordBar({
      bar: `round trips of a transaction of ${q}, with an isolation level as well`,
      measured,
      target: `${q + 2}`,
      passed: measured === q + 2,
    });
    expect(measured).toBe(q + 2);
  });
});
