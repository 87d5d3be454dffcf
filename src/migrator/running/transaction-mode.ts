import { readSql } from '../../sql/sql-text.js';
import type { ReadMigration } from '../recording/read-migrations.js';

/** What PostgreSQL refuses inside a transaction. */
const ALONE =
  /^\s*(?:(?:CREATE|DROP|REINDEX)\b[^;]*\bCONCURRENTLY\b|VACUUM\b|ALTER\s+TABLE\b[^;]*\bDETACH\s+PARTITION\b[^;]*\bCONCURRENTLY\b|ALTER\s+SYSTEM\b|(?:CREATE|DROP)\s+DATABASE\b)/i;

/** What a migration says of itself; else a transaction, but for what cannot be in one. */
export function runsInTransaction({ migration, recorded }: ReadMigration): boolean {
  const said = migration.instance?.transaction;
  if (said !== undefined) return said;
  return !recorded.statements.some(({ sql }) => standsAlone(sql));
}

function standsAlone(sql: string): boolean {
  return ALONE.test(readSql(sql).code);
}
