import type { EntityMetadata } from 'typeorm';
import { MASKED } from '../masked.js';
import type { AuditChange, ValueChange } from './audit-change.js';
import { AuditedTable } from './audited-table.js';
import type { LogRow } from './log-row.js';
import {
  type StoredDiff,
  type StoredRow,
  parseStored,
  plainValue,
  propertyValue,
} from './stored-value.js';
import type { AuditedSource } from '../audited-source.js';

/** Turns rows of the log into changes: by property, with the types that the entities have. */
export class ChangeReader {
  private readonly tables = new Map<string, AuditedTable | undefined>();

  constructor(private readonly source: AuditedSource) {}

  read<Entity>(rows: readonly LogRow[]): AuditChange<Entity>[] {
    return rows.map((row) => this.change(row));
  }

  /** Undefined: no entity of the data source has the table of the row. */
  tableOf(row: LogRow): AuditedTable | undefined {
    const name = JSON.stringify([row.schema_name, row.table_name, row.entity]);
    if (!this.tables.has(name)) this.tables.set(name, this.find(row));
    return this.tables.get(name);
  }

  private change<Entity>(row: LogRow): AuditChange<Entity> {
    const table = this.tableOf(row);
    const diff = row.diff === null ? {} : (parseStored(row.diff) as StoredDiff);
    const masked = Object.keys(diff).filter((name) => diff[name]?.includes(MASKED));
    const known = Object.entries(diff).filter(([name]) => !masked.includes(name));
    const hasValues = row.op !== 'truncate' && row.action === null && row.op !== 'read';
    return {
      id: row.id,
      at: row.at,
      tenantId: row.tenant,
      op: row.op,
      source: row.source,
      actor: { type: row.actor_type, id: row.actor_id, onBehalfOf: row.on_behalf_of },
      requestId: row.request_id,
      traceId: row.trace_id,
      entity: row.entity,
      key: this.byProperty(table, parseStored(row.pk) as StoredRow),
      changes: Object.fromEntries(
        known.map(([name, values]) => [nameIn(table, name), this.valueChange(table, name, values)]),
      ) as AuditChange<Entity>['changes'],
      masked: masked.map((name) => nameIn(table, name)),
      erased: row.diff === null && hasValues,
      action: row.action,
      meta: row.meta,
    };
  }

  private valueChange(
    table: AuditedTable | undefined,
    name: string,
    [from, to]: readonly [unknown, unknown],
  ): ValueChange {
    return { from: this.value(table, name, from), to: this.value(table, name, to) };
  }

  private byProperty(table: AuditedTable | undefined, stored: StoredRow): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(stored).map(([name, value]) => [
        nameIn(table, name),
        this.value(table, name, value),
      ]),
    );
  }

  private value(table: AuditedTable | undefined, name: string, stored: unknown): unknown {
    const column = table?.columnNamed(name);
    return column ? propertyValue(this.source, column, stored) : plainValue(stored);
  }

  private find({ schema_name, table_name, entity }: LogRow): AuditedTable | undefined {
    const isThere = (one: EntityMetadata) =>
      one.tableName === table_name && new AuditedTable(this.source, one).schema === schema_name;
    const candidates = this.source.entityMetadatas.filter(isThere);
    const found = candidates.find((one) => one.name === entity) ?? candidates[0];
    return found && new AuditedTable(this.source, found);
  }
}

function nameIn(table: AuditedTable | undefined, column: string): string {
  return table?.propertyNamed(column) ?? column;
}
