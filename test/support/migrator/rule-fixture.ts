import type { LintOptions } from '../../../src/migrator/lint/lint-options.js';
import type { Script } from './recorded.js';

/** What a server shows of a bad fixture. */
export type Proof =
  | { readonly locks: string; readonly table: string }
  | { readonly rewrites: string }
  | { readonly failsWith: string }
  /** A query whose one value is `true` before, and no longer so after. */
  | { readonly loses: string }
  /** Matters of style, and what only the old release would notice. */
  | { readonly claims: 'nothing' };

export interface RuleFixture {
  readonly rule: string;
  readonly bad: readonly Script[];
  readonly good: readonly Script[];
  readonly proof: Proof;
  readonly options?: LintOptions;
  /** Only servers of this version and later know the statement. */
  readonly since?: number;
  /** What the good one needs beyond the world. */
  readonly before?: readonly string[];
}

export const NO_CLAIM: Proof = { claims: 'nothing' };

export function one(...sql: string[]): readonly Script[] {
  return [{ sql }];
}

/** Each statement in a migration without a transaction. */
export function outside(...sql: string[]): readonly Script[] {
  return [{ sql, transaction: false }];
}

/** Each statement in a migration of its own. */
export function steps(...sql: string[]): readonly Script[] {
  return sql.map((text) => ({ sql: [text] }));
}

/** What is there before the fixtures; no rule judges it. */
export const WORLD: readonly string[] = [
  `CREATE TYPE order_status AS ENUM ('new', 'sent', 'gone')`,
  `CREATE DOMAIN percent AS int`,
  `CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50), email text, age bigint, rate numeric(10,4), share percent, deleted_at timestamptz)`,
  `CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, total numeric(12,2), status order_status, at timestamptz NOT NULL DEFAULT now(), note text, currency text, during tstzrange, CONSTRAINT ck_orders_total CHECK (total >= 0))`,
  `CREATE INDEX ix_orders_at ON orders (at)`,
  `CREATE MATERIALIZED VIEW order_totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id`,
  `CREATE UNIQUE INDEX uq_order_totals ON order_totals (user_id)`,
  `CREATE VIEW open_orders AS SELECT id, note FROM orders`,
  `CREATE TABLE events (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at)`,
  `CREATE TABLE events_2020 PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')`,
  `CREATE TABLE events_2021 (id bigint, at timestamptz NOT NULL)`,
  `CREATE TABLE secrets (tenant_id uuid, word text)`,
  `ALTER TABLE secrets ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY secrets_tenant_isolation ON secrets USING (tenant_id IS NULL)`,
  `INSERT INTO users SELECT n, 'name ' || n, 'mail' || n, n, n + 0.1234, 5, NULL FROM generate_series(1, 50) n`,
  `INSERT INTO orders SELECT n, n, n, 'gone', now(), 'note', NULL FROM generate_series(1, 50) n`,
  `INSERT INTO events SELECT n, '2020-05-05' FROM generate_series(1, 5) n`,
  `INSERT INTO events_2021 SELECT n, '2021-05-05' FROM generate_series(1, 5) n`,
  `INSERT INTO secrets VALUES (NULL, 'word')`,
];

const COLUMNS: Readonly<Record<string, string>> = {
  'public.users.name': 'character varying(50)',
  'public.users.age': 'bigint',
  'public.users.rate': 'numeric(10,4)',
  'public.orders.total': 'numeric(12,2)',
  'public.orders.user_id': 'bigint',
};

/** What the catalog of the world says of its columns. */
export const WORLD_TYPES: LintOptions = {
  columnType: (table, column) => COLUMNS[`${table}.${column}`],
};
