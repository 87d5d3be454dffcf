export const TRACED_TABLES = [
  'CREATE TABLE customers (id int PRIMARY KEY)',
  `CREATE TABLE orders (id int PRIMARY KEY, customer_id int, code varchar(50), placed timestamp, total int)`,
  'CREATE VIEW totals AS SELECT total FROM orders',
  'CREATE INDEX orders_placed ON orders (placed)',
  `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
];

export type LockFact = readonly [sql: string, mode: string, rewrites?: boolean];

const A = 'AccessExclusiveLock';
const SRX = 'ShareRowExclusiveLock';
const SUX = 'ShareUpdateExclusiveLock';

/** What PostgreSQL does, as measured; some of it is told otherwise elsewhere. */
export const LOCK_FACTS: readonly LockFact[] = [
  ['ALTER TABLE orders ADD COLUMN a int', A],
  ['ALTER TABLE orders ADD COLUMN a int DEFAULT 1', A],
  ['ALTER TABLE orders ADD COLUMN a timestamptz NOT NULL DEFAULT now()', A],
  ['ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid()', A, true],
  ['ALTER TABLE orders ADD COLUMN a bigserial', A, true],
  ['ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (total * 2) STORED', A, true],
  ['ALTER TABLE orders ADD COLUMN a int GENERATED ALWAYS AS (total * 2) VIRTUAL', A],
  ['ALTER TABLE orders ALTER COLUMN customer_id TYPE bigint', A, true],
  ['ALTER TABLE orders ALTER COLUMN code TYPE varchar(20)', A, true],
  ['ALTER TABLE orders ALTER COLUMN code TYPE varchar(60)', A],
  ['ALTER TABLE orders ALTER COLUMN code TYPE text', A],
  ['ALTER TABLE orders ALTER COLUMN placed TYPE timestamptz', A],
  ['ALTER TABLE orders ALTER COLUMN code SET NOT NULL', A],
  ['ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0)', A],
  ['ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 0) NOT VALID', A],
  ['ALTER TABLE orders DROP COLUMN placed', A],
  ['TRUNCATE orders', A, true],
  ['DROP VIEW totals; DROP TABLE orders', A],
  ['CREATE INDEX i ON orders (code)', 'ShareLock'],
  ['CREATE INDEX CONCURRENTLY i ON orders (code)', SUX],
  ['DROP INDEX CONCURRENTLY orders_placed', SUX],
  ['DROP INDEX orders_placed', A],
  ['CREATE POLICY p ON orders USING (true)', A],
  ['ALTER TABLE orders ENABLE ROW LEVEL SECURITY', A],
  ['CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch()', SRX],
  [`COMMENT ON TABLE orders IS 'of customers'`, SUX],
  ['ALTER TABLE orders SET (fillfactor = 90)', SUX],
  ['ANALYZE orders', SUX],
  ['UPDATE orders SET total = 1', 'RowExclusiveLock'],
  ['CREATE TABLE notes (id int)', 'none'],
];
