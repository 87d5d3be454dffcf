import { quoteLiteral, quoteName } from '../../schema/sql.js';
import type { BoundValues } from './bound-values.js';
import type { LiveFacts, LiveReference } from './live-references.js';
import type { PurgeTable } from './purge-table.js';

/** What the statements of one run ask of a row, as SQL over an alias; tables by their number. */
export class PurgeConditions {
  constructor(
    readonly tables: readonly PurgeTable[],
    readonly facts: LiveFacts,
    private readonly tenantId: string | undefined,
  ) {}

  /** Deleted longer ago than it is kept, and in question at all. */
  due(table: number, row: string, bound: BoundValues): string {
    const { deletedColumn, tenantColumn, keepDays } = this.table(table);
    const now = `${bound.bind(this.facts.now)}::timestamptz`;
    const old = `${row}.${quoteName(deletedColumn)} < ${now} - make_interval(days => ${keepDays})`;
    if (this.tenantId === undefined || tenantColumn === undefined) return old;
    return `${old} AND ${row}.${quoteName(tenantColumn)} = ${bound.bind(this.tenantId)}::uuid`;
  }

  /** By a hold on this row, or by one on all rows of a table or a tenant, of which there are few. */
  held(table: number, row: string): string {
    const { holds } = this.facts;
    if (holds === undefined) return 'false';
    const { tenantColumn, idColumn, table: name } = this.table(table);
    const tenant = tenantColumn ? ` OR hold.tenant_id = ${row}.${quoteName(tenantColumn)}` : '';
    const covers = `hold.lifted_at IS NULL AND (hold.tenant_id IS NULL${tenant}) AND (hold.table_name IS NULL OR hold.table_name = ${quoteLiteral(name)})`;
    const all = `EXISTS (SELECT FROM ${holds} hold WHERE hold.row_id IS NULL AND ${covers})`;
    if (idColumn === undefined) return all;
    return `(${all} OR EXISTS (SELECT FROM ${holds} hold WHERE hold.row_id = ${row}.${quoteName(idColumn)}::text AND ${covers}))`;
  }

  /** Due, and held by nobody. */
  free(table: number, row: string, bound: BoundValues): string {
    return `${this.due(table, row, bound)} AND NOT ${this.held(table, row)}`;
  }

  /** No row refers to it, other than itself. One condition each, which the planner makes joins of. */
  unreferenced(
    table: number,
    row: string,
    keeping: readonly LiveReference[] = this.referencesTo(table),
  ): string {
    const none = keeping.map((one) =>
      one.isReadable
        ? `NOT EXISTS (SELECT FROM ${one.path} child WHERE ${this.joins(one, 'child', row)})`
        : 'false',
    );
    return none.length === 0 ? 'true' : none.join(' AND ');
  }

  joins({ parent, child, columns, named }: LiveReference, from: string, to: string): string {
    const pairs = columns.map(
      (column, at) => `${from}.${quoteName(column)} = ${to}.${quoteName(named[at] ?? '')}`,
    );
    const other = `(${from}.tableoid, ${from}.ctid) <> (${to}.tableoid, ${to}.ctid)`;
    return [...pairs, ...(parent === child ? [other] : [])].join(' AND ');
  }

  referencesTo(table: number): LiveReference[] {
    return this.facts.references.filter((one) => one.parent === table);
  }

  table(number: number): PurgeTable {
    return this.tables[number] as PurgeTable;
  }
}
