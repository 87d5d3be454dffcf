import { describe, expect, it } from '@jest/globals';
import type { DatabaseModuleOptions } from 'nestjs-rowguard';
import { recordBar } from '../../support/bars.js';
import { faultsIn } from '../../support/isolation/matrix.js';
import { runMatrix } from '../../support/isolation/matrix-shop.js';
import { ShopOnTheWire } from '../../support/on-the-wire.js';
import { as } from '../../support/shop-source.js';
import { ACME } from '../../support/shop.js';

const OPERATIONS = 1_000;
const STATEMENTS = 50;

const SHAPES: readonly (readonly [string, DatabaseModuleOptions])[] = [
  ['signed', { tenancy: { signed: true } }],
  ['as for Citus', { scale: 'citus' }],
];

describe.each(SHAPES)('bindings that are %s', (name, options) => {
  it('never let an operation cross a tenant', async () => {
    const report = await runMatrix(OPERATIONS, options);
    const faults = faultsIn(report);
    recordBar({
      bar: `faults in ${report.operations} operations of the isolation matrix, ${name}`,
      measured: faults.length,
      target: '0',
      passed: faults.length === 0 && report.operations >= OPERATIONS,
    });
    expect(faults).toEqual([]);
  }, 120_000);

  it('travel with their statement', async () => {
    const shop = await ShopOnTheWire.open(options);
    try {
      const read = () => as(ACME, () => shop.source.query('select * from customers'));
      await read();
      const { roundTrips } = await shop.proxy.during(async () => {
        for (let at = 0; at < STATEMENTS; at++) await read();
      });
      recordBar({
        bar: `round trips of a statement, ${name}`,
        measured: roundTrips / STATEMENTS,
        target: '1',
        passed: roundTrips === STATEMENTS,
      });
      expect(roundTrips).toBe(STATEMENTS);
    } finally {
      await shop.close();
    }
  }, 60_000);
});
