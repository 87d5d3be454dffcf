import { afterEach, describe, expect, it } from '@jest/globals';
import { type DatabaseModuleOptions, TenantContext, createDataSource } from 'nestjs-rowguard';
import { DOMAIN_NAMES } from '../../../src/domain-catalog.js';
import { TOOLING_TABLES, liveRelations } from '../../support/catalog/table-classes.js';
import {
  type FreshSource,
  catalogOf,
  openFresh,
  openFreshEmbedded,
  partsInstalled,
} from '../../support/migration-cycle.js';

type Choice = NonNullable<DatabaseModuleOptions['schema']>;

const CHOICES: readonly Choice[] = ['all', ...DOMAIN_NAMES.map((name) => [name] as const)];

describe('the entities and the migrations', () => {
  let fresh: FreshSource | undefined;

  afterEach(async () => {
    await fresh?.close();
    fresh = undefined;
  });

  it.each(CHOICES)(
    'agree where the schema is %j, and a start that only checks finds it so',
    async (schema) => {
      fresh = await openFresh({ schema });
      const checking = createDataSource({
        url: fresh.database?.url ?? '',
        schema,
        migrate: 'check',
      });

      expect(await statementsToCome(fresh)).toEqual([]);
      await checking.initialize();
      await checking.destroy();
    },
  );

  it('agree on the embedded engine', async () => {
    fresh = await openFreshEmbedded({ schema: 'all' });

    expect(await statementsToCome(fresh)).toEqual([]);
  });

  it.each(DOMAIN_NAMES)('install for %s alone what it needs, and nothing else', async (name) => {
    fresh = await openFresh({ schema: [name] });
    const expected = fresh.source.entityMetadatas
      .filter((one) => one.tableType !== 'view')
      .map((one) => one.tableName);
    const classes = partsInstalled(fresh.source, [name]).flatMap((part) => part.entities);

    const tables = await tablesOf(fresh);

    expect(tables.toSorted()).toEqual(expected.toSorted());
    expect(fresh.source.entityMetadatas.flatMap(targetOf).toSorted()).toEqual(
      classes.map((one) => one.name).toSorted(),
    );
  });

  it.each([['none'], [[]]] as const)('install nothing where the schema is %j', async (schema) => {
    fresh = await openFresh({ schema });

    expect(await tablesOf(fresh)).toEqual([]);
    expect(fresh.source.entityMetadatas).toEqual([]);
    expect(fresh.source.migrations).toEqual([]);
  });

  it('install more where a domain is added later, and keep what there was', async () => {
    fresh = await openFresh({ schema: ['identity'] });
    const before = await tablesOf(fresh);
    const more = createDataSource({ url: fresh.database?.url ?? '', schema: 'all' });

    await more.initialize();
    await more.destroy();

    expect(await tablesOf(fresh)).toEqual(expect.arrayContaining(before));
    expect(await statementsToCome(fresh)).toEqual([]);
  });

  it.each([[['billings']], ['everything'], [['all']], [3], [[null]]])(
    'refuse the name %j with the list of those that there are',
    (schema) => {
      const open = () => createDataSource({ embedded: 'memory', schema: schema as never });

      expect(open).toThrow(
        expect.objectContaining({
          code: 'ROWGUARD_OPTIONS_INVALID',
          message: expect.stringContaining(`'all', 'none' or a list of ${DOMAIN_NAMES.join(', ')}`),
        }),
      );
    },
  );
});

async function statementsToCome({ source }: FreshSource): Promise<string[]> {
  return TenantContext.runAsSystem('comparing the schema', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    return upQueries.map((one) => one.query);
  });
}

/** Those that hold rows: views, materialized views and partitions follow from them. */
async function tablesOf({ source }: FreshSource): Promise<string[]> {
  const relations = await liveRelations(catalogOf(source));
  return relations
    .filter(
      ({ kind, isPartition, name }) =>
        ['r', 'p'].includes(kind) && !isPartition && !TOOLING_TABLES.includes(name),
    )
    .map((one) => one.name);
}

function targetOf(metadata: { target: Function | string }): string[] {
  return typeof metadata.target === 'function' ? [metadata.target.name] : [];
}
