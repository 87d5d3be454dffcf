import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordBar } from '../../support/bars.js';
import { type TableClasses, whatBreaks } from '../../support/catalog/catalog-rule.js';
import { CATALOG_RULES } from '../../support/catalog/catalog-rules.js';
import {
  SHARED_TABLES,
  TOOLING_TABLES,
  liveRelations,
  tableClasses,
} from '../../support/catalog/table-classes.js';
import { attackTable, rowsOf, tenantTables } from '../../support/cross-tenant-attacks.js';
import {
  type FreshSource,
  catalogOf,
  openFresh,
  openFreshEmbedded,
  upDownUp,
} from '../../support/migration-cycle.js';
import { RowFactory } from '../../support/row-factory.js';

/** The smallest number of tables that the shipped schema may have, so that none gets lost unnoticed. */
const LEAST_TABLES = 20;
/** On each of them. */
const LEAST_ATTACKS = 10;

describe('the shipped schema', () => {
  let fresh: FreshSource;
  let classes: TableClasses;

  beforeAll(async () => {
    fresh = await openFresh({ schema: 'all' });
    classes = tableClasses(fresh.source);
  });
  afterAll(() => fresh.close());

  it('has every table classified', async () => {
    const relations = await liveRelations(catalogOf(fresh.source));
    const tables = relations.filter(
      (one) =>
        ['r', 'p'].includes(one.kind) && !one.isPartition && !TOOLING_TABLES.includes(one.name),
    );
    const known = fresh.source.entityMetadatas.map((one) => one.tableName);
    const strangers = [
      ...tables.map((one) => one.name).filter((name) => !known.includes(name)),
      ...classes.shared.filter((name) => SHARED_TABLES[name] === undefined),
    ];
    recordBar({
      bar: 'tables checked',
      measured: tables.length,
      target: `at least ${LEAST_TABLES}`,
      passed: tables.length >= LEAST_TABLES,
    });
    recordNone('tables not classified', strangers.length);

    expect(strangers).toEqual([]);
  });

  it.each([
    ['catalog rules broken', CATALOG_RULES],
    ['sharding rules broken', CATALOG_RULES.filter((rule) => rule.isForSharding)],
  ])('keeps every rule: %s', async (bar, rules) => {
    const broken: string[] = [];
    for (const rule of rules) {
      const found = await whatBreaks(rule, classes, catalogOf(fresh.source));
      broken.push(...found.map((what) => `${rule.name}: ${what}`));
    }
    recordBar({
      bar,
      measured: broken.length,
      target: '0',
      passed: broken.length === 0,
    });

    expect(broken).toEqual([]);
  });

  it('lets no tenant reach another in any table', async () => {
    const factory = new RowFactory(fresh.source);
    const reached: string[] = [];
    let attempts = 0;
    for (const metadata of tenantTables(fresh.source)) {
      const { attacks, before } = await attackTable(fresh.source, metadata, factory);
      attempts += attacks.length;
      reached.push(
        ...attacks.filter((one) => one.reached > 0).map((one) => `${one.table}: ${one.attack}`),
      );
      if ((await rowsOf(fresh.source, metadata)) !== before) reached.push(metadata.tableName);
    }
    const target = tenantTables(fresh.source).length * LEAST_ATTACKS;
    recordBar({
      bar: 'attacks on every table',
      measured: attempts,
      target: `at least ${target}`,
      passed: attempts >= target,
    });
    recordNone('attacks that reached foreign rows', reached.length);

    expect(reached).toEqual([]);
  });

  it.each([
    ['on the server', openFresh],
    ['on PGlite', openFreshEmbedded],
  ])('is the same after up, down and up %s', async (where, open) => {
    const cycled = await open({ schema: 'all' });
    const cycle = await upDownUp(cycled.source);
    await cycled.close();
    recordNone(`up/down/up differences ${where}`, cycle.differences.length);
    recordNone(`left behind after down ${where}`, cycle.left.length);

    expect([...cycle.differences, ...cycle.left]).toEqual([]);
  });
});

function recordNone(bar: string, measured: number): void {
  recordBar({ bar, measured, target: '0', passed: measured === 0 });
}
