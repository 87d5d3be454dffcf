import type { AuditStatement } from '../audit-statement.js';
import type { AuditedTable } from './audited-table.js';

/** The rows of the log that are about one table, and of one tenant where one is known. */
export class LogScope {
  private readonly conditions: readonly (readonly [column: string, placeholder: string])[];

  constructor(statement: AuditStatement, table: AuditedTable, tenantId: string | undefined) {
    this.conditions = [
      ...(tenantId === undefined ? [] : [['tenant_id', statement.bind(tenantId)] as const]),
      ['table_name', statement.bind(table.table)],
      ['schema_name', statement.bind(table.schema)],
    ];
  }

  /** The condition, for audit_logs under this alias. */
  holds(alias: string): string {
    return this.conditions.map(([column, value]) => `${alias}.${column} = ${value}`).join(' AND ');
  }
}
