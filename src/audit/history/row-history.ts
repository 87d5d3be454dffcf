import { checkedObject } from '../../validation/checked-object.js';
import { decodeCursor, encodeCursor } from '../../validation/cursor.js';
import { checkedLimit } from '../../validation/page-limit.js';
import { AuditStatement } from '../audit-statement.js';
import type { AuditPage, AuditPageOptions } from './audit-change.js';
import type { AuditedTable, RowKey } from './audited-table.js';
import { ChangeReader } from './change-reader.js';
import { isBefore } from './log-pages.js';
import { LOG_COLUMNS, type LogRow, NEWEST_FIRST } from './log-row.js';
import { LogScope } from './log-scope.js';
import { type StoredDiff, exactValue, parseStored } from './stored-value.js';
import type { AuditedSource } from '../audited-source.js';

const ORDER = ['-at', '-id', 'key'];

/** A stretch of the life of a row under one key: all of it, or what came before a position. */
interface Stretch {
  readonly json: string;
  readonly before: readonly unknown[] | undefined;
}

/** The changes of one row, newest first: one statement, and one more for each key it had before. */
export class RowHistory {
  private readonly reader: ChangeReader;

  constructor(
    private readonly source: AuditedSource,
    private readonly table: AuditedTable,
    private readonly key: RowKey,
  ) {
    this.reader = new ChangeReader(source);
  }

  async page<Entity>(options: AuditPageOptions): Promise<AuditPage<Entity>> {
    const limit = checkedLimit(checkedObject('page', options).limit);
    let stretch: Stretch | undefined = this.start(options.after);
    const found: { row: LogRow; json: string }[] = [];
    while (stretch && found.length <= limit) {
      const { json }: Stretch = stretch;
      const rows: LogRow[] = await this.rowsOf(stretch, limit + 1 - found.length);
      const moved = rows.findIndex((row) => this.keyBefore(row) !== undefined);
      const own = moved < 0 ? rows : rows.slice(0, moved + 1);
      found.push(...own.map((row) => ({ row, json })));
      stretch = this.stretchBefore(rows[moved]);
    }
    const last = found[limit - 1];
    return {
      items: this.reader.read<Entity>(found.slice(0, limit).map((one) => one.row)),
      next: found.length > limit && last ? this.cursorAfter(last.row, last.json) : undefined,
    };
  }

  private start(after: string | undefined): Stretch {
    if (after === undefined) return { json: this.key.json, before: undefined };
    const [at, id, json] = decodeCursor(after, ORDER);
    return { json: String(json), before: [at, id] };
  }

  private cursorAfter(row: LogRow, json: string): string {
    return encodeCursor(ORDER, [row.at, row.id, this.keyBefore(row) ?? json]);
  }

  private stretchBefore(row: LogRow | undefined): Stretch | undefined {
    const json = row && this.keyBefore(row);
    return json === undefined ? undefined : { json, before: [row?.at, row?.id] };
  }

  /** The key that this change took from the row; undefined where it left the key alone. */
  private keyBefore(row: LogRow): string | undefined {
    if (row.op !== 'update' || row.diff === null) return undefined;
    const diff = parseStored(row.diff) as StoredDiff;
    const moved = this.table.keyNames.filter((name) => name in diff);
    if (moved.length === 0) return undefined;
    const before = Object.fromEntries(moved.map((name) => [name, diff[name]?.[0]]));
    return JSON.stringify(exactValue({ ...(parseStored(row.pk) as object), ...before }));
  }

  /** With the times at which the table was emptied while the row was in it. */
  private rowsOf({ json, before }: Stretch, limit: number): Promise<LogRow[]> {
    const statement = new AuditStatement(this.source.manager);
    const scope = new LogScope(statement, this.table, this.key.tenantId);
    const key = this.table.keyFrom(statement.bind(json));
    const from = before ? ` AND ${isBefore(statement, before)}` : '';
    const part = (condition: string) =>
      `(SELECT log.* FROM audit_logs log WHERE ${condition}${from} ${NEWEST_FIRST} LIMIT ${limit})`;
    const wasThere = `${this.opBefore(scope, key)} NOT IN ('delete', 'purge', 'truncate')`;
    return statement.send<LogRow>(
      `SELECT ${LOG_COLUMNS} FROM (${part(scope.isRow('log', key))} UNION ALL
        ${part(`${scope.isTruncate('log')} AND ${wasThere}`)}) log ${NEWEST_FIRST} LIMIT ${limit}`,
    );
  }

  private opBefore(scope: LogScope, key: string): string {
    return `(SELECT last.op FROM (${lastBefore(scope.isRow('earlier', key))} UNION ALL
      ${lastBefore(scope.isTruncate('earlier'))}) last ORDER BY last.at DESC, last.id DESC LIMIT 1)`;
  }
}

function lastBefore(condition: string): string {
  return `(SELECT earlier.* FROM audit_logs earlier WHERE ${condition} AND earlier.tenant_id = log.tenant_id
    AND (earlier.at, earlier.id) < (log.at, log.id) AND earlier.op NOT IN ('note', 'read')
    ORDER BY earlier.at DESC, earlier.id DESC LIMIT 1)`;
}
