import type { DataSource } from 'typeorm';
import { AuditStatement } from '../audit-statement.js';
import type { AuditedSource } from '../audited-source.js';
import type { AuditChange } from '../history/audit-change.js';
import { ChangeReader } from '../history/change-reader.js';
import { type AuditQuestion, conditionsOf } from '../history/log-question.js';
import { LOG_COLUMNS, type LogRow, NEWEST_FIRST } from '../history/log-row.js';

const MOST_ROWS = 1_000;
/** A clock may be set back a little. */
const SLACK_MS = 5_000;
/** Its transaction and all before it are over. */
const SETTLED = 'log.tx < sight.xmin';

/** What the database knew of its transactions at one moment. */
interface Sight {
  /** Every transaction before this one is over. */
  readonly xmin: string;
  /** No transaction from this one on had begun. */
  readonly xmax: string;
  readonly now: Date;
}

type Seen = Sight & Partial<LogRow> & { readonly tx: string | null };

/**
 * The log as it grows. A row shows up only when its transaction and all before it are over: ids are
 * given before the commit, so whoever went by ids or times would miss the rows of slow transactions.
 */
export class AuditTail {
  private readonly source: AuditedSource;
  private readonly reader: ChangeReader;
  private readonly sights: Sight[] = [];
  /** The last row that was seen, or the transaction from which on nothing was. */
  private position: readonly [tx: string, id: string] = ['0', '0'];

  constructor(
    source: DataSource,
    private readonly question: AuditQuestion,
  ) {
    this.source = source as AuditedSource;
    this.reader = new ChangeReader(this.source);
  }

  /** The newest rows, oldest first, also those committed beside a slow transaction. */
  async newest(count: number): Promise<AuditChange[]> {
    return this.last(count, 'true');
  }

  /** The newest rows that are settled, oldest first; `next` goes on from there. */
  async start(count: number): Promise<AuditChange[]> {
    return this.last(count, SETTLED);
  }

  private async last(count: number, seen: string): Promise<AuditChange[]> {
    const rows = await this.look(seen, (statement) => [
      conditionsOf(this.source, statement, this.question),
      NEWEST_FIRST,
      `LIMIT ${Math.min(count, MOST_ROWS)}`,
    ]);
    return this.reader.read(rows.toReversed());
  }

  /** What was settled since; in the order of the transactions. */
  async next(): Promise<AuditChange[]> {
    const rows = await this.look(SETTLED, (statement) => {
      const since = this.sinceWhen();
      const conditions = [
        conditionsOf(this.source, statement, this.question),
        `(log.tx, log.id) > (${this.position.map((one, at) => `CAST(${statement.bind(one)} AS ${at === 0 ? 'xid8' : 'bigint'})`).join(', ')})`,
        ...(since ? [`log.at >= ${statement.bind(since)}`] : []),
      ];
      return [conditions.join(' AND '), 'ORDER BY log.tx, log.id', `LIMIT ${MOST_ROWS}`];
    });
    return this.reader.read(rows);
  }

  private async look(
    seen: string,
    ask: (statement: AuditStatement) => readonly [where: string, order: string, limit: string],
  ): Promise<LogRow[]> {
    const statement = new AuditStatement(this.source.manager);
    const [where, order, limit] = ask(statement);
    const found = await statement.send<Seen>(
      `WITH sight AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin,
         pg_snapshot_xmax(pg_current_snapshot()) AS xmax, clock_timestamp() AS now)
       SELECT sight.xmin::text, sight.xmax::text, sight.now, found.* FROM sight LEFT JOIN LATERAL (
         SELECT ${LOG_COLUMNS}, log.tx::text AS tx FROM audit_logs log
         WHERE ${where} AND ${seen} ${order} ${limit}) found ON true`,
    );
    const rows = found.filter((one) => one.tx !== null) as (Seen & LogRow)[];
    this.moveTo(found[0], rows);
    return rows;
  }

  private moveTo(sight: Seen | undefined, rows: readonly (Seen & LogRow)[]): void {
    if (!sight) return;
    const isPart = rows.length === MOST_ROWS && this.sights.length > 0;
    const last = rows.at(-1);
    this.position = isPart && last ? [last.tx ?? '0', last.id] : [sight.xmin, '0'];
    this.sights.push({ xmin: sight.xmin, xmax: sight.xmax, now: sight.now });
  }

  /**
   * What is still to be seen was written after the last sight at which its transactions had not begun.
   * Undefined: one that runs for longer than anybody looks could have written at any time.
   */
  private sinceWhen(): Date | undefined {
    const [tx] = this.position;
    const at = this.sights.findLastIndex((one) => BigInt(one.xmax) <= BigInt(tx));
    if (at < 0) return undefined;
    this.sights.splice(0, at);
    return new Date((this.sights[0]?.now.getTime() ?? 0) - SLACK_MS);
  }
}
