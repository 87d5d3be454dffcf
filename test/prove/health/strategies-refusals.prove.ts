import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getSqlState } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { PROVOKED, RAISE_STATE } from '../../support/provoked-refusals.js';
import { errorOf } from '../../support/shop-database.js';
import { type ShopSource, as, openShop } from '../../support/shop-source.js';
import { ACME } from '../../support/shop.js';

describe('what PostgreSQL refuses', () => {
  let shop: ShopSource;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    shop = await openShop({ pool: { statementTimeoutMs: 1_000 } });
    await shop.database.asOwner((client) => client.query(RAISE_STATE));
  });
  afterAll(() => shop.close());

  it('is typed, each by its code', async () => {
    const raw: string[] = [];
    for (const [what, sql, type, state] of PROVOKED) {
      const error = await as(ACME, () => errorOf(() => shop.source.query(sql)));
      const isTyped = error instanceof type;
      if (!isTyped || ![state, undefined].includes(getSqlState(error))) raw.push(what);
    }
    recordBar({
      bar: 'kinds of refusals provoked and typed',
      measured: `${PROVOKED.length - raw.length} of ${PROVOKED.length}`,
      target: 'all',
      passed: raw.length === 0,
    });

    expect(raw).toEqual([]);
  });
});
