import { MASKED } from '../masked.js';
import { quoteLiteral, quoteName } from '../../schema/sql.js';
import { AuditStatement } from '../audit-statement.js';
import type { AuditedTable, RowKey } from './audited-table.js';
import { LogScope } from './log-scope.js';

/** A time, or the moment just after a change. */
export type AuditMoment = Date | { readonly id: string; readonly at: Date };

const OPERATIONS = "('insert', 'update', 'delete', 'soft_delete', 'restore', 'purge')";
/** What begins a row, or ends it. */
const EDGES = "('insert', 'delete', 'purge', 'truncate', 'moved')";
const LAST_ID = '9223372036854775807';
const MASK = quoteLiteral(JSON.stringify(MASKED));

/** What the statements below answer, beside the columns of the row itself. */
export interface Told {
  /** What stands between that moment and what is known; null where nothing does. */
  readonly 'rowguard:edge': string | null;
  /** Whether the table has the row now. */
  readonly 'rowguard:alive': boolean;
  /** How many changes were taken into account. */
  readonly 'rowguard:changes': number;
  readonly 'rowguard:erased': boolean;
  /** Columns of which a mask is all that the log has. */
  readonly 'rowguard:masked': string[];
}

/**
 * The SQL that tells how one row was. A row is followed from key to key, from its last one back, so
 * that another row which once had the same key is not taken for it. Its changes are in the order of
 * their ids: whoever changes a row waits for whoever changed it before.
 */
export class LineOfLife {
  private readonly log: LogScope;
  private readonly key: string;
  private readonly after: string;
  private readonly keys: string;

  constructor(
    private readonly statement: AuditStatement,
    private readonly table: AuditedTable,
    private readonly row: RowKey,
    moment: AuditMoment,
  ) {
    this.log = new LogScope(statement, table, row.tenantId);
    this.key = statement.bind(row.json);
    this.after = this.isAfter(moment);
    this.keys = `CAST(${statement.bind(table.keyNames)} AS text[])`;
  }

  /**
   * Back from the row as it is, or as it was deleted: what was changed after the moment is undone.
   * Right as well where the log begins later than the row, or has lost its oldest months.
   */
  backward(hidden: readonly string[], live: string): string {
    const later = `(${this.after})`;
    return `WITH RECURSIVE ${this.line(later)},
      told AS (${this.changes(later)} UNION ALL ${this.truncated(later)}),
      edge AS (SELECT * FROM told WHERE op IN ${EDGES} ORDER BY id LIMIT 1),
      used AS (SELECT * FROM told WHERE id <= coalesce((SELECT id FROM edge), ${LAST_ID}) AND op NOT IN ('insert', 'truncate')),
      known AS (SELECT DISTINCT ON (one.key) one.key, one.value -> 0 AS value
        FROM used CROSS JOIN LATERAL jsonb_each(used.diff) one ORDER BY one.key, used.id)
      ${this.answer(hidden, `CASE WHEN (SELECT id FROM edge) IS NULL THEN "rowguard:live" END`, live)}`;
  }

  /** Onward from its insert, where nothing is left to go back from: the table was emptied. */
  forward(hidden: readonly string[], live: string): string {
    const earlier = `NOT (${this.after})`;
    return `WITH RECURSIVE ${this.line('true')},
      told AS (${this.changes(earlier)} UNION ALL ${this.truncated(earlier)} UNION ALL ${this.movedAway(earlier)}),
      edge AS (SELECT * FROM told WHERE op IN ${EDGES} ORDER BY id DESC LIMIT 1),
      used AS (SELECT * FROM told WHERE id >= coalesce((SELECT id FROM edge), 0)),
      known AS (SELECT DISTINCT ON (one.key) one.key, one.value -> 1 AS value
        FROM used CROSS JOIN LATERAL jsonb_each(used.diff) one ORDER BY one.key, used.id DESC)
      ${this.answer(hidden, 'NULL', live)}`;
  }

  /** Each key of the row, and between which changes it had it. */
  private line(when: string): string {
    const { log, keys } = this;
    return `asked AS (SELECT asked AS key, ${this.table.keyOf('asked')} AS pk FROM ${this.table.rowFrom(this.key)} asked),
      line AS (SELECT asked.pk, ${LAST_ID} AS below FROM asked UNION ALL
        SELECT moved.pk, moved.id FROM line CROSS JOIN LATERAL (
          SELECT log.id, ${this.keyBefore('log')} AS pk FROM audit_logs log
          WHERE ${log.isRow('log', 'line.pk')} AND log.id < line.below AND log.op = 'update'
            AND log.diff ?| ${keys} AND ${when} ORDER BY log.at DESC, log.id DESC LIMIT 1) moved),
      spans AS (SELECT pk, below, coalesce(lead(below) OVER (ORDER BY below DESC), 0) AS since FROM line)`;
  }

  /** OFFSET 0 keeps it a look-up for each key, where a join would read all changes of the table. */
  private changes(when: string): string {
    return `SELECT told.* FROM spans CROSS JOIN LATERAL (
      SELECT log.id, log.op, log.diff FROM audit_logs log
      WHERE ${this.log.isRow('log', 'spans.pk')} AND log.id < spans.below AND log.id >= spans.since
        AND log.op IN ${OPERATIONS} AND ${when} OFFSET 0) told`;
  }

  private truncated(when: string): string {
    return `SELECT log.id, log.op, NULL::jsonb FROM audit_logs log
      WHERE ${this.log.isTruncate('log')} AND ${when}`;
  }

  /** Another key was given to the row, which is told under that one. */
  private movedAway(when: string): string {
    return `SELECT log.id, 'moved', NULL::jsonb FROM audit_logs log, asked
      WHERE ${this.log.holds('log')} AND log.op = 'update' AND log.diff ?| ${this.keys}
        AND ${this.keyBefore('log')} = asked.pk AND ${when}
        AND log.id > (SELECT since FROM spans WHERE below = ${LAST_ID})`;
  }

  private keyBefore(alias: string): string {
    return `${alias}.pk || (SELECT jsonb_object_agg(one.key, one.value -> 0) FROM jsonb_each(${alias}.diff) one WHERE one.key = ANY(${this.keys}))`;
  }

  private answer(hidden: readonly string[], base: string, live: string): string {
    const { statement, table } = this;
    const skipped = `CAST(${statement.bind([...hidden])} AS text[])`;
    const own = table.keyNames.map(
      (name) => `"rowguard:live".${quoteName(name)} = (asked.key).${quoteName(name)}`,
    );
    return `SELECT "rowguard:row".*, (SELECT op FROM edge) AS "rowguard:edge",
        "rowguard:live".tableoid IS NOT NULL AS "rowguard:alive",
        (SELECT count(*)::int FROM used) AS "rowguard:changes",
        EXISTS (SELECT FROM used WHERE diff IS NULL AND op IN ${OPERATIONS}) AS "rowguard:erased",
        ARRAY(SELECT key FROM known WHERE value = ${MASK}) AS "rowguard:masked"
      FROM asked LEFT JOIN ${table.place} "rowguard:live" ON ${[...own, live].join(' AND ')}
      CROSS JOIN LATERAL jsonb_populate_record(CAST(${base} AS ${table.place}), coalesce(
        (SELECT jsonb_object_agg(key, value) FROM known WHERE value <> ${MASK} AND key <> ALL (${skipped})), '{}')) "rowguard:row"`;
  }

  private isAfter(moment: AuditMoment): string {
    if (moment instanceof Date) return `log.at > ${this.statement.bind(moment)}`;
    const { at, id } = moment;
    return `log.at >= ${this.statement.bind(at)} AND log.id > CAST(${this.statement.bind(id)} AS bigint)`;
  }
}
