import type { RunSql } from '../../schema/sql.js';

const COLUMNS = `
SELECT n.nspname || '.' || c.relname AS "table", a.attname::text AS "column", format_type(a.atttypid, a.atttypmod) AS type
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'`;

/** What the columns are before anything runs: a rule cannot tell widening from narrowing otherwise. */
export async function liveColumnTypes(
  sql: RunSql,
): Promise<(table: string, column: string) => string | undefined> {
  const rows = await sql<{ table: string; column: string; type: string }>(COLUMNS);
  const types = new Map(rows.map(({ table, column, type }) => [`${table} ${column}`, type]));
  return (table, column) => types.get(`${table} ${column}`);
}
