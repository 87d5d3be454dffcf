import type { RuleFixture } from './rule-fixture.js';
import type { Script } from './recorded.js';

export interface Mutation {
  readonly says: string;
  /** Undefined where the text cannot be written so. */
  mutate(fixture: RuleFixture): readonly Script[] | undefined;
}

const TABLES = /\b(orders|users|secrets|events)\b/g;
const NO_BLOCK = /VACUUM|CONCURRENTLY|TABEL|DROP OWNED/;

const each =
  (change: (sql: string) => string) =>
  ({ bad }: RuleFixture): readonly Script[] =>
    bad.map((script) => ({ ...script, sql: script.sql.map(change) }));

/** Ways to write the same, apart from those that hide it. */
export const SPELLINGS: readonly Mutation[] = [
  {
    says: 'in lower case',
    mutate: each((sql) => outsideQuotes(sql, (part) => part.toLowerCase())),
  },
  {
    says: 'in upper case',
    mutate: each((sql) => outsideQuotes(sql, (part) => part.toUpperCase())),
  },
  {
    says: 'with comments',
    mutate: each((sql) => outsideQuotes(sql, (part) => part.replaceAll(' ', ' /* a; -- b */ '))),
  },
  {
    says: 'over several lines',
    mutate: each((sql) => outsideQuotes(sql, (part) => part.replaceAll(' ', '\r\n\t'))),
  },
  { says: 'behind a line comment', mutate: each((sql) => `-- ünï; DROP\n${sql};`) },
  {
    says: 'with quoted names',
    mutate: each((sql) => outsideQuotes(sql, (part) => part.replaceAll(TABLES, '"$1"'))),
  },
  {
    says: 'with the schema',
    mutate: each((sql) =>
      outsideQuotes(sql, (part) =>
        part.replaceAll(
          /\b(TABLE|FROM|UPDATE|ON) (orders|users|secrets|events)\b/g,
          '$1 public.$2',
        ),
      ),
    ),
  },
  {
    says: 'with the schema in quotes',
    mutate: each((sql) =>
      outsideQuotes(sql, (part) =>
        part.replaceAll(
          /\b(TABLE|FROM|UPDATE|ON) (orders|users|secrets|events)\b/g,
          '$1 "public"."$2"',
        ),
      ),
    ),
  },
  { says: 'behind another statement', mutate: each((sql) => `SELECT 'ü; DROP'; ${sql}`) },
];

/** Ways to put it where a search of the text, or a parser of plain SQL, does not look. */
export const HIDINGS: readonly Mutation[] = [
  {
    says: 'in a DO block',
    mutate: (fixture) => hidden(fixture, (sql) => `DO $do$ BEGIN ${sql}; END $do$`),
  },
  {
    says: 'in a DO block in quotes',
    mutate: (fixture) => hidden(fixture, (sql) => `DO '${quoted(`BEGIN ${sql}; END`)}'`),
  },
  {
    says: 'in a branch of a DO block',
    mutate: (fixture) =>
      hidden(
        fixture,
        (sql) =>
          `DO $do$ DECLARE n int; BEGIN FOR n IN 1..2 LOOP IF n > 1 THEN BEGIN ${sql}; EXCEPTION WHEN others THEN NULL; END; END IF; END LOOP; END $do$`,
      ),
  },
  {
    says: 'in a constant EXECUTE',
    mutate: (fixture) =>
      hidden(fixture, (sql) => `DO $do$ BEGIN EXECUTE '${quoted(sql)}'; END $do$`),
  },
  {
    says: 'in an EXECUTE of constants put together',
    mutate: (fixture) =>
      hidden(
        fixture,
        (sql) =>
          `DO $do$ BEGIN EXECUTE '${quoted(sql.slice(0, 3))}' || '${quoted(sql.slice(3))}'; END $do$`,
      ),
  },
  {
    says: 'in an EXECUTE of format() of constants',
    mutate: (fixture) =>
      hidden(fixture, (sql) => `DO $do$ BEGIN EXECUTE format('%s', '${quoted(sql)}'); END $do$`),
  },
  {
    says: 'in a DO block within a DO block',
    mutate: (fixture) =>
      hidden(fixture, (sql) => `DO $a$ BEGIN EXECUTE $b$DO $c$ BEGIN ${sql}; END $c$$b$; END $a$`),
  },
];

/** What only waits to be called; there it is told as what it is, or at least as destructive. */
export const FUNCTIONS: readonly Mutation[] = [
  {
    says: 'in a function in PL/pgSQL',
    mutate: (fixture) =>
      hidden(
        fixture,
        (sql) => `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN ${sql}; END $f$`,
      ),
  },
  {
    says: 'in a function in SQL',
    mutate: (fixture) =>
      hidden(fixture, (sql) => `CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ ${sql}; $f$`),
  },
  {
    says: 'in a trigger function',
    mutate: (fixture) =>
      hidden(
        fixture,
        (sql) =>
          `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN EXECUTE '${quoted(sql)}'; RETURN new; END $f$`,
      ),
  },
  {
    says: 'in a procedure',
    mutate: (fixture) =>
      hidden(
        fixture,
        (sql) => `CREATE PROCEDURE p() LANGUAGE plpgsql AS $f$ BEGIN ${sql}; END $f$`,
      ),
  },
];

function hidden(
  fixture: RuleFixture,
  wrap: (sql: string) => string,
): readonly Script[] | undefined {
  if (fixture.bad.some(({ sql }) => sql.some((one) => NO_BLOCK.test(one) || one.includes('$$'))))
    return undefined;
  return each(wrap)(fixture);
}

function quoted(sql: string): string {
  return sql.replaceAll("'", "''");
}

/** Leaves literals, quoted names and dollar quotes as they are. */
function outsideQuotes(sql: string, change: (part: string) => string): string {
  return sql
    .split(/('(?:[^']|'')*'|"[^"]*"|\$\$[\s\S]*?\$\$)/)
    .map((part, at) => (at % 2 === 0 ? change(part) : part))
    .join('');
}
