import type { DataSource } from 'typeorm';
import type { TransactionHost } from '../context/tenant-context.js';
import { runAsOwner } from '../context/owner-work.js';
import {
  ensureMonthlyPartitions,
  monthlyPartitions,
  monthsFrom,
} from '../schema/monthly-partitions.js';
import type { RunSql } from '../schema/sql.js';
import { checkedCount } from '../validation/page-limit.js';

const LOG = 'audit_logs';
const MONTHS_AHEAD = 3;
const MOST_MONTHS = 120;

/** The months of the audit log, each a table of its own. */
export class AuditPartitions {
  private readonly run: RunSql;

  constructor(private readonly source: DataSource) {
    this.run = (sql, values) => source.query(sql, values);
  }

  /**
   * Makes the partitions of this month and of so many to come, and answers with the new ones. Each
   * start does so; run it daily where starts are rare. What comes too late is caught by the default
   * partition, and moved by the next call.
   */
  async ensure(monthsAhead = MONTHS_AHEAD): Promise<string[]> {
    const months = monthsFrom(new Date(), checkedCount('monthsAhead', monthsAhead, MOST_MONTHS));
    return runAsOwner('partitions of the audit log', () =>
      (this.source as unknown as TransactionHost).joinTransaction(() =>
        ensureMonthlyPartitions(this.run, LOG, months),
      ),
    );
  }

  /** The months that there are, oldest first. */
  async list(): Promise<string[]> {
    const months = await runAsOwner('partitions of the audit log', () =>
      monthlyPartitions(this.run, LOG),
    );
    return months.map((one) => one.name);
  }
}
