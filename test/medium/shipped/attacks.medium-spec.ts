import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AttackResult,
  attackTable,
  rowsOf,
  tenantTables,
} from '../../support/cross-tenant-attacks.js';
import { type FreshSource, openFresh } from '../../support/migration-cycle.js';
import { RowFactory } from '../../support/row-factory.js';
import { SPECIMENS, Specimen } from '../../support/specimens.js';

const WALLS = [
  ['both walls', { predicate: true, policies: true }],
  ['row-level security alone', { predicate: false, policies: true }],
] as const;

describe.each(WALLS)('a tenant that attacks another in every table, behind %s', (_, walls) => {
  let fresh: FreshSource;

  beforeAll(async () => {
    fresh = await openFresh({ schema: 'all', entities: SPECIMENS, tenancy: { walls } });
  });
  afterAll(() => fresh.close());

  it('reaches no row of it, and changes none', async () => {
    const factory = new RowFactory(fresh.source);
    const tables = tenantTables(fresh.source);
    const results: AttackResult[] = [];
    const changed: string[] = [];
    for (const metadata of tables) {
      const { attacks, before } = await attackTable(fresh.source, metadata, factory);
      results.push(...attacks);
      if ((await rowsOf(fresh.source, metadata)) !== before) changed.push(metadata.tableName);
    }

    expect(tables.length).toBeGreaterThan(2);
    expect(results.filter((one) => one.reached > 0)).toEqual([]);
    expect(changed).toEqual([]);
    expect(results.filter(isBesidePoint)).toEqual([]);
  });
});

describe('the attacks', () => {
  it('are noticed where they succeed: with policies that let everything through', async () => {
    const fresh = await openFresh({ schema: ['identity'], entities: SPECIMENS });
    await fresh.database?.asOwner((client) =>
      client.query(
        `alter policy specimens_tenant_isolation on specimens using (true) with check (true);
         alter policy specimens_tenant_guard on specimens using (true) with check (true)`,
      ),
    );
    const metadata = fresh.source.getMetadata(Specimen);

    const { attacks } = await attackTable(fresh.source, metadata, new RowFactory(fresh.source));
    await fresh.close();

    expect(attacks.filter((one) => one.reached > 0).map((one) => one.attack)).toEqual([
      'reads all rows',
      'reads the row by its key',
      'changes the row',
      'deletes the row',
      'takes the place of the row',
    ]);
  });
});

/** A refusal for another reason says nothing about tenants. */
function isBesidePoint({ attack, refusedBy }: AttackResult): boolean {
  if (attack.startsWith('refers to it')) return !/23503/.test(refusedBy ?? '');
  if (attack === 'inserts for the other tenant')
    return !/42501|TENANT_MISMATCH/.test(refusedBy ?? '');
  return false;
}
