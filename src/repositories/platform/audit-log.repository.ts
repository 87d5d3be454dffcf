import {
  And,
  type DataSource,
  type FindOptionsWhere,
  LessThan,
  MoreThanOrEqual,
  Raw,
} from 'typeorm';
import { runAsOwner } from '../../context/owner-work.js';
import { AuditLog, type AuditOperation } from '../../entities/audit/audit-log.entity.js';
import { ensureMonthlyPartitions, monthsFrom } from '../../schema/monthly-partitions.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import type { KeysetPage } from '../keyset-pager.js';
import { checkedCount } from '../page-limit.js';
import { checkedTimes } from './checked-times.js';

export interface AuditQuestion {
  readonly tableName?: string;
  /** The primary key of the changed row, such as `{ id }`. */
  readonly pk?: Record<string, unknown>;
  readonly requestId?: string;
  readonly actorId?: string;
  readonly op?: AuditOperation;
  /** From this moment on. */
  readonly from?: Date;
  /** Before this moment. */
  readonly to?: Date;
  readonly limit?: number;
  readonly after?: string;
}

const MONTHS_AHEAD = 3;
const MOST_MONTHS = 120;

/** Reads the history of the tenant in hand, and keeps its partitions ready. */
export class AuditLogRepository extends DomainRepository<AuditLog> {
  constructor(source: DataSource) {
    super(AuditLog, source);
  }

  /** Newest first, after a cursor. Name the time, and only the partitions of that time are read. */
  async page(question: AuditQuestion = {}): Promise<KeysetPage<AuditLog>> {
    const { limit, after } = checkedObject('question', question);
    return this.findPage({
      where: conditionsOf(question),
      order: { at: 'DESC', id: 'DESC' },
      ...(limit === undefined ? {} : { limit }),
      ...(after === undefined ? {} : { after }),
    });
  }

  /**
   * Makes the partitions of this month and of so many to come, and answers with the new ones. Run
   * it daily or at each deployment; what comes too late is caught by the default partition, and
   * moved by the next call.
   */
  async ensurePartitions(monthsAhead = MONTHS_AHEAD): Promise<string[]> {
    const months = monthsFrom(new Date(), checkedCount('monthsAhead', monthsAhead, MOST_MONTHS));
    const { tableName } = this.metadata;
    return runAsOwner('partitions of the audit log', () =>
      this.transaction(() =>
        ensureMonthlyPartitions((sql, values) => this.query(sql, values), tableName, months),
      ),
    );
  }
}

function conditionsOf(question: AuditQuestion): FindOptionsWhere<AuditLog> {
  const { tableName, pk, requestId, actorId, op, from, to } = question;
  checkedTimes({ from, to });
  const times = [...(from ? [MoreThanOrEqual(from)] : []), ...(to ? [LessThan(to)] : [])];
  return {
    ...(tableName === undefined ? {} : { tableName }),
    ...(pk === undefined ? {} : { pk: isTheRow(pk) as never }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(actorId === undefined ? {} : { actorId }),
    ...(op === undefined ? {} : { op }),
    ...(times.length > 0 ? { at: And(...times) } : {}),
  };
}

function isTheRow(pk: Record<string, unknown>) {
  return Raw((column) => `${column} = CAST(:auditedKey AS jsonb)`, {
    auditedKey: JSON.stringify(pk),
  });
}
