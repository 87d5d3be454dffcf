import { checkedObject } from '../../validation/checked-object.js';
import { decodeCursor, encodeCursor } from '../../validation/cursor.js';
import { checkedLimit } from '../../validation/page-limit.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { notFound } from '../../predicate/tenant-update-query-builder.js';
import { AuditStatement, tenantInHand } from '../audit-statement.js';
import type { AuditChange, AuditPage, AuditPageOptions } from './audit-change.js';
import { ChangeReader } from './change-reader.js';
import { type AuditQuestion, conditionsOf } from './log-question.js';
import { LOG_COLUMNS, type LogRow, NEWEST_FIRST } from './log-row.js';
import type { AuditedSource } from '../audited-source.js';

const ORDER = ['-at', '-id'];

/** Pages of whatever was asked for, one statement each. */
export class LogPages {
  private readonly reader: ChangeReader;

  constructor(private readonly source: AuditedSource) {
    this.reader = new ChangeReader(source);
  }

  async page(question: AuditQuestion, options: AuditPageOptions): Promise<AuditPage> {
    const limit = checkedLimit(checkedObject('page', options).limit);
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

  /** The row of a change that somebody holds; whatever else they say of it is not believed. */
  async rowOf(change: Pick<AuditChange, 'id' | 'at'>): Promise<LogRow> {
    checkChange(change);
    const statement = new AuditStatement(this.source.manager);
    const tenantId = tenantInHand();
    const owner = tenantId === undefined ? '' : `log.tenant_id = ${statement.bind(tenantId)} AND `;
    const [row] = await statement.send<LogRow>(
      `SELECT ${LOG_COLUMNS} FROM audit_logs log WHERE ${owner}log.at = ${statement.bind(change.at)} AND log.id = ${statement.bind(change.id)}`,
    );
    if (row) return row;
    throw notFound('AuditChange');
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

export function checkChange(change: unknown): asserts change is Pick<AuditChange, 'id' | 'at'> {
  const { id, at } = (change ?? {}) as { id?: unknown; at?: unknown };
  const isTime = at instanceof Date && !Number.isNaN(at.getTime());
  if (isTime && typeof id === 'string' && /^\d{1,18}$/.test(id)) return;
  throw new InvalidInputError({
    problem: 'This is no change of the audit log',
    mend: 'Pass a change that AuditHistory has answered with, or its id and its time',
  });
}
