import type { DataSource } from 'typeorm';
import { decodeCursor, encodeCursor } from '../../validation/cursor.js';
import { checkedLimit } from '../../validation/page-limit.js';
import { AuditStatement } from '../audit-statement.js';
import type { AuditPage, AuditPageOptions } from './audit-change.js';
import { ChangeReader } from './change-reader.js';
import { type AuditQuestion, conditionsOf } from './log-question.js';
import { LOG_COLUMNS, type LogRow, NEWEST_FIRST } from './log-row.js';

const ORDER = ['-at', '-id'];

/** Pages of whatever was asked for, one statement each. */
export class LogPages {
  private readonly reader: ChangeReader;

  constructor(private readonly source: DataSource) {
    this.reader = new ChangeReader(source);
  }

  async page(question: AuditQuestion, options: AuditPageOptions): Promise<AuditPage> {
    const limit = checkedLimit(options.limit);
    const statement = new AuditStatement(this.source.manager);
    const conditions = [conditionsOf(this.source, statement, question)];
    if (options.after !== undefined) {
      conditions.push(isBefore(statement, decodeCursor(options.after, ORDER)));
    }
    const rows = await statement.send<LogRow>(
      `SELECT ${LOG_COLUMNS} FROM audit_logs log WHERE ${conditions.join(' AND ')} ${NEWEST_FIRST} LIMIT ${limit + 1}`,
    );
    const last = rows[limit - 1];
    return {
      items: this.reader.read(rows.slice(0, limit)),
      next: rows.length > limit && last ? encodeCursor(ORDER, [last.at, last.id]) : undefined,
    };
  }
}

/** Of a row whose position is known: its time, and its id. */
export function isBefore(statement: AuditStatement, [at, id]: readonly unknown[]): string {
  const place = [
    `CAST(${statement.bind(at)} AS timestamptz)`,
    `CAST(${statement.bind(id)} AS bigint)`,
  ];
  return `(log.at, log.id) < (${place.join(', ')})`;
}
