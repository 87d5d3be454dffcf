import type { Script } from './recorded.js';

const TYPES = [
  'bigint',
  'text',
  'uuid',
  'timestamptz',
  'jsonb',
  'numeric(12,2)',
  'boolean',
  'text[]',
];
const NAMES = ['note', 'Kind', 'größe', 'select', 'at', 'x1', 'deleted_at', 'value', 'drop'];

/** Migrations that only add, in ways that lock nobody out; the same for the same seed. */
export function randomSafeDdl(seed: number): readonly Script[] {
  const next = generator(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const name = () => `"${pick(NAMES)}"`;
  const old = () => pick(['orders', '"users"', 'public.orders', '"public"."users"']);
  const inside: (() => string)[] = [
    () => `ALTER TABLE ${old()} ADD COLUMN ${name()} ${pick(TYPES)}`,
    () => `ALTER TABLE ${old()} ADD COLUMN ${name()} timestamptz NOT NULL DEFAULT now()`,
    () =>
      `ALTER TABLE ${old()} ADD CONSTRAINT ck_${pick(['a', 'b'])} CHECK (${name()} IS NOT NULL) NOT VALID`,
    () => `COMMENT ON TABLE ${old()} IS 'DROP TABLE orders; -- TRUNCATE users'`,
    () => `INSERT INTO ${old()} (${name()}) VALUES ('DELETE FROM orders')`,
    () => `UPDATE ${old()} SET ${name()} = 'x' WHERE ${name()} = 'DROP'`,
    () => `CREATE FUNCTION f${Math.floor(next() * 9)}() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    () => `DO $$ BEGIN PERFORM 'DROP TABLE orders'; END $$`,
    () => `CREATE VIEW v_${Math.floor(next() * 99)} AS SELECT 1 AS ${name()} /* DROP */`,
  ];
  const scripts: Script[] = [];
  for (let at = 0; at < 3; at++) {
    const table = `fresh_${at}`;
    scripts.push({
      sql: [
        `CREATE TABLE ${table} (id bigint PRIMARY KEY, ${name()} ${pick(TYPES)}, other ${pick(TYPES)} NOT NULL)`,
        `CREATE INDEX ON ${table} (other)`,
        `ALTER TABLE ${table} ADD CONSTRAINT uq_${table} UNIQUE (other)`,
        `ALTER TABLE ${table} DROP COLUMN other`,
      ].slice(0, 1 + Math.floor(next() * 4)),
    });
    scripts.push({ sql: [pick(inside)()] });
    scripts.push({
      sql: [`CREATE INDEX CONCURRENTLY ix_${at} ON ${old()} (${name()})`],
      transaction: false,
    });
  }
  return scripts;
}

/** The same numbers for the same seed. */
function generator(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
