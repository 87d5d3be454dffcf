import { Between, type DataSource } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { TenantContext } from '../../context/tenant-context.js';
import { DailyUsage } from '../../entities/platform/daily-usage.view.js';
import { UsageEvent } from '../../entities/platform/usage-event.entity.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository, type NewRow } from '../domain.repository.js';
import { entitiesFrom } from '../returned-rows.js';
import { checkedDays, checkedTimes } from '../../validation/checked-times.js';

export interface DailyUsageFilter {
  readonly metric?: string;
}

const ROWS_IN_ONE_STATEMENT = 5_000;

/** What the tenant in hand uses: written event by event, read as sums. */
export class UsageRepository extends DomainRepository<UsageEvent> {
  constructor(source: DataSource) {
    super(UsageEvent, source);
  }

  /**
   * Writes an event down and answers with it. Sent again with the same idempotency key, it is not
   * counted again, and the answer is the first one.
   */
  async record(event: NewRow<UsageEvent>): Promise<UsageEvent> {
    const [row] = await this.insertNew([event]);
    if (row) return row;
    const { idempotencyKey } = event;
    if (typeof idempotencyKey !== 'string') throw idTaken();
    return this.findOneByOrFail({ idempotencyKey });
  }

  /** Answers how many of the events were new. All of them are written, or none. */
  async recordMany(events: readonly NewRow<UsageEvent>[]): Promise<number> {
    checkEvents(events);
    return this.transaction(async () => {
      let recorded = 0;
      for (let start = 0; start < events.length; start += ROWS_IN_ONE_STATEMENT) {
        const part = events.slice(start, start + ROWS_IN_ONE_STATEMENT);
        recorded += (await this.insertNew(part, 'id')).length;
      }
      return recorded;
    });
  }

  /** The sum from a moment on and before another, as of now; text, since it may be large. */
  async total(metric: string, from: Date, to: Date): Promise<string> {
    checkedTimes({ from, to });
    const answer = await this.createQueryBuilder('event')
      .select('coalesce(sum(event.quantity), 0)', 'total')
      .where('event.metric = :metric', { metric })
      .andWhere('event.occurredAt >= :from AND event.occurredAt < :to', { from, to })
      .getRawOne<{ total: string }>();
    return answer?.total ?? '0';
  }

  /** Sums by day and metric, from one day to another inclusive, as of the last refresh. */
  async daily(from: string, to: string, filter: DailyUsageFilter = {}): Promise<DailyUsage[]> {
    TenantContext.require();
    const { metric } = checkedObject('filter', filter);
    checkedDays(from, to);
    return this.manager.find(DailyUsage, {
      where: { day: Between(from, to), ...(metric === undefined ? {} : { metric }) },
      order: { day: 'ASC', metric: 'ASC' },
    });
  }

  /** System work: sums up what all tenants have used. Who reads meanwhile does not wait. */
  async refreshDaily(): Promise<void> {
    await TenantContext.runAsSystem('refresh of the daily usage of all tenants', () =>
      this.query('REFRESH MATERIALIZED VIEW CONCURRENTLY "daily_usage_totals"'),
    );
  }

  /** TypeORM would give the answers of the new rows to the first entities, whichever were skipped. */
  private async insertNew(
    events: readonly NewRow<UsageEvent>[],
    returning = '*',
  ): Promise<UsageEvent[]> {
    checkEvents(events);
    const { raw } = await this.createQueryBuilder()
      .insert()
      // Copies: the tenant is filled into what is handed over, which is the caller's.
      .values(this.manager.create(UsageEvent, [...events]) as QueryDeepPartialEntity<UsageEvent>[])
      .orIgnore()
      .returning(returning)
      .updateEntity(false)
      .execute();
    return entitiesFrom<UsageEvent>(this, raw as UsageEvent[]);
  }
}

function idTaken(): InvalidInputError {
  return new InvalidInputError({
    problem:
      'There is an event of this id already, and no idempotency key says that it is the same',
    mend: 'Leave the id out, or give an idempotencyKey',
  });
}

function checkEvents(events: unknown): void {
  if (Array.isArray(events) && events.every((one) => typeof one === 'object' && one !== null)) {
    return;
  }
  throw new InvalidInputError({
    problem: 'An event of usage is no object',
    mend: 'Pass { metric, quantity }, or a list of these; nothing was written',
  });
}
