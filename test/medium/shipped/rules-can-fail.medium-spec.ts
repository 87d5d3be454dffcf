import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { type TableClasses, whatBreaks } from '../../support/catalog/catalog-rule.js';
import { CATALOG_RULES } from '../../support/catalog/catalog-rules.js';
import { tableClasses } from '../../support/catalog/table-classes.js';
import { type FreshSource, catalogOf, openFresh } from '../../support/migration-cycle.js';
import type { AskSql } from '../../support/schema-dump.js';
import { SPECIMENS } from '../../support/specimens.js';

describe('the rules of the catalog', () => {
  let fresh: FreshSource;
  let classes: TableClasses;

  beforeAll(async () => {
    fresh = await openFresh({ schema: ['identity'], entities: SPECIMENS });
    classes = tableClasses(fresh.source);
  });
  afterAll(() => fresh.close());

  it.each(CATALOG_RULES.map((rule) => [rule.name, rule] as const))(
    'are kept by tables of a user, and notice where one is broken: no %s',
    async (_, rule) => {
      const before = await whatBreaks(rule, classes, catalogOf(fresh.source));

      const after = await fresh.database?.asOwner(async (client) => {
        await client.query('begin');
        await client.query(rule.sabotage);
        return whatBreaks(rule, classes, asking(client));
      });

      expect(before).toEqual([]);
      expect(after).not.toEqual([]);
    },
  );
});

function asking(client: pg.Client): AskSql {
  return async <Row>(sql: string, parameters?: unknown[]) =>
    (await client.query(sql, parameters)).rows as Row[];
}
