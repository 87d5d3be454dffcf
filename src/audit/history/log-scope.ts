import type { AuditStatement } from '../audit-statement.js';
import type { AuditedTable } from './audited-table.js';

/** The rows of the log that are about one table, and of one tenant where one is known. */
export class LogScope {
  private readonly tenant: string | undefined;
  private readonly table: string;
  private readonly schema: string;

  constructor(statement: AuditStatement, table: AuditedTable, tenantId: string | undefined) {
    this.tenant = tenantId === undefined ? undefined : statement.bind(tenantId);
    this.table = `CAST(${statement.bind(table.table)} AS text)`;
    this.schema = statement.bind(table.schema);
  }

  /** The condition, for audit_logs under this alias. */
  holds(alias: string): string {
    const inTable = `${alias}.table_name = ${this.table} AND ${alias}.schema_name = ${this.schema}`;
    return this.tenant === undefined
      ? inTable
      : `${alias}.tenant_id = ${this.tenant} AND ${inTable}`;
  }

  /** The same for the rows about one key, which is `pk` as SQL; found by the hash of it. */
  isRow(alias: string, pk: string): string {
    return `${this.holds(alias)} AND ${alias}.key_hash = hashtextextended(${this.table} || (${pk})::text, 0) AND ${alias}.pk = ${pk}`;
  }

  /** And for the times at which the whole table was emptied. */
  isTruncate(alias: string): string {
    return `${this.isRow(alias, `CAST('{}' AS jsonb)`)} AND ${alias}.op = 'truncate'`;
  }
}
