import { describe, expect, it } from '@jest/globals';
import { lintMigrations } from '../../../src/migrator/lint/lint-migrations.js';
import { FIXTURES } from '../../support/migrator/fixtures/all-fixtures.js';
import { FUNCTIONS, HIDINGS, SPELLINGS } from '../../support/migrator/mutations.js';
import { migration, recorded } from '../../support/migrator/recorded.js';
import { randomSafeDdl } from '../../support/migrator/safe-ddl.js';

const DESTRUCTIVE = FIXTURES.filter(({ rule }) => rule.startsWith('D'));

describe('what destroys', () => {
  it.each([...SPELLINGS, ...HIDINGS])('is found $says', async ({ mutate }) => {
    const missed: string[] = [];
    for (const fixture of DESTRUCTIVE) {
      const scripts = mutate(fixture);
      if (!scripts) continue;
      const found = await lintMigrations(recorded(scripts), fixture.options);
      if (!found.some(({ rule }) => rule === fixture.rule)) {
        missed.push(`${fixture.rule}: ${scripts.flatMap(({ sql }) => sql).join('; ')}`);
      }
    }

    expect(missed).toEqual([]);
  });

  it.each(FUNCTIONS)('is found $says', async ({ mutate }) => {
    const missed: string[] = [];
    for (const fixture of DESTRUCTIVE) {
      const scripts = mutate(fixture);
      if (!scripts) continue;
      const found = await lintMigrations(recorded(scripts), fixture.options);
      if (!found.some(({ severity }) => severity === 'destructive')) missed.push(fixture.rule);
    }

    expect(missed).toEqual([]);
  });

  it.each([
    [
      'an expression',
      `DO $$ BEGIN EXECUTE 'DROP TABLE ' || (SELECT relname FROM pg_class LIMIT 1); END $$`,
    ],
    ['a variable', `DO $$ DECLARE t text := 'DROP TABLE a'; BEGIN EXECUTE t; END $$`],
    [
      'format() of a variable',
      `CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('DROP TABLE %I', t); END $$`,
    ],
    [
      'RETURN QUERY EXECUTE',
      `CREATE FUNCTION f(t text) RETURNS SETOF int LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE t; END $$`,
    ],
    [
      'FOR ... IN EXECUTE',
      `DO $$ DECLARE r record; t text; BEGIN FOR r IN EXECUTE t LOOP NULL; END LOOP; END $$`,
    ],
    [
      'OPEN ... FOR EXECUTE',
      `DO $$ DECLARE c refcursor; t text; BEGIN OPEN c FOR EXECUTE t; END $$`,
    ],
    [
      'a body in a language that nobody here reads',
      `DO LANGUAGE plpython3u 'plpy.execute("drop table a")'`,
    ],
    ['a body that does not compile', `DO $$ BEGIN DROP TABLE; END $$`],
  ])('is not known, and so D13: %s', async (_, sql) => {
    const found = await lintMigrations(migration(sql));

    expect(found.map(({ rule }) => rule)).toContain('D13');
  });

  it.each([
    ['WITH', `WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone`, 'D05'],
    ['EXPLAIN ANALYZE', `EXPLAIN ANALYZE DELETE FROM orders`, 'D05'],
    ['PREPARE', `PREPARE p AS DELETE FROM orders`, 'D05'],
    ['a rule', `CREATE RULE r AS ON INSERT TO users DO ALSO DELETE FROM orders`, 'D05'],
    [
      'a standard SQL body',
      `CREATE FUNCTION f() RETURNS void BEGIN ATOMIC DELETE FROM orders; END`,
      'D05',
    ],
    [
      'a loop over WITH',
      `DO $$ DECLARE r record; BEGIN FOR r IN WITH g AS (DELETE FROM orders RETURNING id) SELECT * FROM g LOOP NULL; END LOOP; END $$`,
      'D05',
    ],
    [
      'a cursor',
      `DO $$ DECLARE c CURSOR FOR WITH g AS (DELETE FROM orders RETURNING id) SELECT * FROM g; BEGIN OPEN c; END $$`,
      'D05',
    ],
  ])('is found within %s', async (_, sql, rule) => {
    const found = await lintMigrations(migration(sql));

    expect(found.map((one) => one.rule)).toContain(rule);
  });

  it('is not seen in 300 random migrations that destroy nothing', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const scripts = randomSafeDdl(seed);
      const found = await lintMigrations(recorded(scripts));
      const loud = found.filter(
        ({ severity }) => severity === 'destructive' || severity === 'blocks',
      );

      expect({ seed, loud }).toEqual({ seed, loud: [] });
    }
  });
});
