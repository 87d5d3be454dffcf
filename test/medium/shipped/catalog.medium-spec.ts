import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TenantContext } from 'nestjs-rowguard';
import { schemaGuardOf } from '../../../src/guards-of-source.js';
import { type TableClasses, whatBreaks } from '../../support/catalog/catalog-rule.js';
import { CATALOG_RULES } from '../../support/catalog/catalog-rules.js';
import {
  SHARED_TABLES,
  TOOLING_TABLES,
  liveRelations,
  tableClasses,
} from '../../support/catalog/table-classes.js';
import { type FreshSource, catalogOf, openFresh } from '../../support/migration-cycle.js';

describe('the live catalog of the whole shipped schema', () => {
  let fresh: FreshSource;
  let classes: TableClasses;

  beforeAll(async () => {
    fresh = await openFresh({ schema: 'all' });
    classes = tableClasses(fresh.source);
  });
  afterAll(() => fresh.close());

  it('has no table that is not classified', async () => {
    const relations = await liveRelations(catalogOf(fresh.source));
    const entities = fresh.source.entityMetadatas.map((one) => one.tableName);
    const tables = relations.filter((one) => ['r', 'p'].includes(one.kind) && !one.isPartition);

    const strangers = tables.filter(
      ({ name }) => !entities.includes(name) && !TOOLING_TABLES.includes(name),
    );

    expect(strangers).toEqual([]);
    expect(entities.filter((name) => !relations.some((one) => one.name === name))).toEqual([]);
  });

  it('has no shared table but those that are listed, with their reason', () => {
    expect(classes.shared.filter((name) => SHARED_TABLES[name] === undefined)).toEqual([]);
    expect(Object.keys(SHARED_TABLES).filter((name) => !classes.shared.includes(name))).toEqual([]);
  });

  it('has a tenant in every other table, and every append-only one among them', async () => {
    const relations = await liveRelations(catalogOf(fresh.source));
    const withTenant = relations.filter((one) => one.hasTenant).map((one) => one.name);
    const others = fresh.source.entityMetadatas
      .filter((one) => one.tableType !== 'view' && !classes.shared.includes(one.tableName))
      .map((one) => one.tableName);

    expect(others.filter((name) => !withTenant.includes(name))).toEqual([]);
    expect(classes.appendOnly.filter((name) => !withTenant.includes(name))).toEqual([]);
  });

  it.each(CATALOG_RULES.map((rule) => [rule.name, rule] as const))('has no %s', async (_, rule) => {
    const broken = await whatBreaks(rule, classes, catalogOf(fresh.source));

    expect(broken).toEqual([]);
  });

  it('has nothing that the doctor would call an error', async () => {
    const findings = await TenantContext.runAsSystem('examining the catalog', () =>
      schemaGuardOf(fresh.source).examine(),
    );

    expect(findings.filter((one) => one.severity === 'error')).toEqual([]);
  });
});
