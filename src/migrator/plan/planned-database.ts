import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm';
import type { DatabaseNames } from '../shadow/shadow-database.js';
import { migrationsInOrder } from '../shadow/migrations-in-order.js';

export interface PlannedDatabase {
  readonly applied: readonly Migration[];
  readonly pending: readonly Migration[];
  readonly names: DatabaseNames;
  readonly rows: Readonly<Record<string, number | null>>;
}

const ROWS = `
select n.nspname || '.' || c.relname as "table", case when c.reltuples < 0 then null else c.reltuples::float8 end as rows
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r','p','m') and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'`;

const NAMES = 'select current_database()::text as database, session_user::text as login';

/** In a transaction that may only read: a plan must not leave a trace. */
export async function lookAtDatabase(source: DataSource): Promise<PlannedDatabase> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction();
    await runner.query('SET TRANSACTION READ ONLY');
    return await read(source, runner);
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

async function read(source: DataSource, runner: QueryRunner): Promise<PlannedDatabase> {
  const pending = await new MigrationExecutor(source, runner).getPendingMigrations();
  const isPending = new Set(pending.map(({ name }) => name));
  const rows = (await runner.query(ROWS)) as { table: string; rows: number | null }[];
  const [names] = (await runner.query(NAMES)) as [DatabaseNames];
  return {
    pending,
    names,
    applied: migrationsInOrder(source).filter(({ name }) => !isPending.has(name)),
    rows: Object.fromEntries(rows.map((one) => [one.table, one.rows])),
  };
}
