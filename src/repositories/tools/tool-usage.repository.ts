import { type DataSource, IsNull } from 'typeorm';
import { type LimitPeriod, ToolUsageLimit } from '../../entities/tools/tool-usage-limit.entity.js';
import { LimitReachedError } from '../../errors/limit-reached.error.js';
import { checkedObject } from '../../validation/checked-object.js';
import { DomainRepository } from '../domain.repository.js';
import { checkedCount } from '../../validation/page-limit.js';
import { holdTool } from './held-tool.js';
import { sendOwn } from '../own-statement.js';

export interface UsageLimit {
  /** Left out: the calls of all together are counted. */
  readonly userId?: string;
  readonly period: LimitPeriod;
  readonly maxCalls: number;
}

/** How much of a limit is used in the period at hand. */
export interface LimitUsage {
  readonly userId: string | null;
  readonly period: LimitPeriod;
  readonly maxCalls: number;
  readonly used: number;
  readonly left: number;
  /** When the next period begins. */
  readonly freeAt: Date;
}

interface CountedLimit {
  readonly user_id: string | null;
  readonly period: LimitPeriod;
  readonly max_calls: number;
  readonly used: number;
  readonly free_at: Date;
}

const MOST_AT_ONCE = 1_000_000;

const LIMITS = `
  SELECT l.id, l.user_id, l.period, l.max_calls, l.used, l.period_starts_at,
         date_trunc(l.period, statement_timestamp(), 'UTC') AS starts_at
    FROM tool_usage_limits l
   WHERE l.tenant_id = $1 AND l.tool_id = $2 AND l.deleted_at IS NULL
     AND (l.user_id IS NULL OR l.user_id = $3)
   ORDER BY l.id`;

/** Who waited for a lock may have asked in the period before; the count never goes back to it. */
const COUNTED = `
  SELECT id, user_id, period, max_calls, greatest(starts_at, period_starts_at) AS starts_at,
         CASE WHEN period_starts_at < starts_at THEN 0 ELSE used END AS used,
         (date_trunc(period, greatest(starts_at, period_starts_at) AT TIME ZONE 'UTC')
           + ('1 ' || period)::interval) AT TIME ZONE 'UTC' AS free_at
    FROM limits`;

const USAGE = `WITH limits AS (${LIMITS}), counted AS (${COUNTED}) SELECT * FROM counted ORDER BY id`;

/** All limits or none: a call that one of them refuses is counted by none. */
const CONSUME = `
  WITH limits AS (${LIMITS} FOR NO KEY UPDATE),
  counted AS (${COUNTED}),
  verdict AS (SELECT bool_and(used::bigint + $4::bigint <= max_calls) AS fits FROM counted),
  consumed AS (
    UPDATE tool_usage_limits AS l
       SET used = counted.used + $4::integer, period_starts_at = counted.starts_at,
           updated_at = now(), version = l.version + 1
      FROM counted, verdict
     WHERE l.tenant_id = $1 AND l.id = counted.id AND verdict.fits
    RETURNING l.id
  )
  SELECT counted.* FROM counted, verdict WHERE NOT verdict.fits ORDER BY counted.id`;

/** How often tools may be called, and how often they were. */
export class ToolUsageRepository extends DomainRepository<ToolUsageLimit> {
  constructor(source: DataSource) {
    super(ToolUsageLimit, source);
  }

  /** Sets or changes a limit; what is used of it stays used. */
  async setLimit(toolId: string, wanted: UsageLimit): Promise<ToolUsageLimit> {
    const { userId, period, maxCalls } = checkedObject('The limit', wanted);
    return this.transaction(async () => {
      await holdTool(this.manager, toolId);
      const [changed] = await this.updateReturning(
        { toolId, period, userId: userId ?? IsNull() },
        { maxCalls },
      );
      return changed ?? this.create({ toolId, period, maxCalls, userId: userId ?? null });
    });
  }

  /**
   * Counts calls against every limit that applies, in one statement, or LimitReachedError. Where no
   * limit is set, there is none. Inside a transaction others wait until it ends.
   */
  async consume(toolId: string, userId: string, calls = 1): Promise<void> {
    const wanted = checkedCount('calls', calls, MOST_AT_ONCE);
    const refusing = await sendOwn<CountedLimit>(this.manager, CONSUME, [toolId, userId, wanted]);
    const spent = refusing.map(usageOf).filter((limit) => limit.left < wanted);
    if (spent.length > 0) throw refused(spent, wanted);
  }

  /** The limits of a tool that apply to a person, or those of all together. */
  async usage(toolId: string, userId?: string): Promise<LimitUsage[]> {
    const rows = await sendOwn<CountedLimit>(this.manager, USAGE, [toolId, userId ?? null]);
    return rows.map(usageOf);
  }
}

function usageOf(row: CountedLimit): LimitUsage {
  const { user_id: userId, period, max_calls: maxCalls, used, free_at: freeAt } = row;
  return { userId, period, maxCalls, used, left: Math.max(0, maxCalls - used), freeAt };
}

/** Of several spent limits the one that is free last: before that, a call is refused anyway. */
function refused(spent: readonly LimitUsage[], wanted: number): LimitReachedError {
  const last = spent.reduce((a, b) => (a.freeAt > b.freeAt ? a : b));
  const { period, maxCalls, used, left } = last;
  const freeAt = last.freeAt.toISOString();
  const tooMany = spent.find((limit) => limit.maxCalls < wanted);
  return new LimitReachedError({
    problem: `${used} of ${maxCalls} calls in this ${period} are used, and ${wanted} more were asked for`,
    mend: tooMany
      ? `Ask for at most ${tooMany.maxCalls} at once, or raise the limit`
      : `Try again at ${freeAt}, when the next ${period} begins, or raise the limit`,
    given: { period, maxCalls, used, left, freeAt },
  });
}
