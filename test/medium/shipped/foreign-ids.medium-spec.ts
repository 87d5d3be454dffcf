import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RowguardDataSource } from 'nestjs-rowguard';
import { DOMAIN_REPOSITORIES } from '../../../src/domain-repositories.js';
import { rowsOf, tenantTables } from '../../support/cross-tenant-attacks.js';
import {
  type ForeignCall,
  foreignCalls,
  madeRows,
  repositoriesWithIds,
} from '../../support/foreign-calls.js';
import { type FreshSource, openFresh } from '../../support/migration-cycle.js';
import { RowFactory } from '../../support/row-factory.js';

const WALLS = [
  ['both walls', { predicate: true, policies: true }],
  ['the predicate alone', { predicate: true, policies: false }],
] as const;

describe.each(WALLS)('every verb of every repository, behind %s', (_, walls) => {
  let fresh: FreshSource;

  beforeAll(async () => {
    fresh = await openFresh({ schema: 'all', tenancy: { walls } });
  });
  afterAll(() => fresh.close());

  it('answers the id of another tenant as it answers one that is nowhere, and changes nothing', async () => {
    const rows = await madeRows(fresh.source, new RowFactory(fresh.source));
    const before = await everyRowOf(fresh.source);
    const calls: ForeignCall[] = [];
    for (const repository of repositoriesWithIds(fresh.source, DOMAIN_REPOSITORIES)) {
      calls.push(...(await foreignCalls(fresh.source, repository, rows)));
    }

    const after = await everyRowOf(fresh.source);

    expect(calls.length).toBeGreaterThan(200);
    expect(calls.filter(({ foreign, missing }) => foreign !== missing)).toEqual([]);
    expect(calls.filter(({ missing }) => /TypeError/.test(missing))).toEqual([]);
    expect(calls.filter(({ missing }) => /row-level security is off/.test(missing))).toEqual([]);
    expect(after).toEqual(before);
  });
});

/** What the other tenant has, table by table. */
async function everyRowOf(source: RowguardDataSource): Promise<Record<string, string>> {
  const rows: Record<string, string> = {};
  for (const metadata of tenantTables(source)) {
    rows[metadata.tableName] = await rowsOf(source, metadata);
  }
  return rows;
}
