import type { ExecutionStatus } from '../../entities/tools/tool-execution.entity.js';
import { checkedObject } from '../../validation/checked-object.js';

/** Whose executions, of which tool, and how they ended. */
export interface ExecutionChoice {
  readonly toolId?: string;
  readonly userId?: string;
  readonly status?: ExecutionStatus;
}

export interface ExecutionSpan extends ExecutionChoice {
  readonly from?: Date;
  /** The first moment that is not counted any more. */
  readonly until?: Date;
}

export interface ExecutionStats {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timedOut: number;
  /** Failed and timed out, of all; 0 where there are none. */
  readonly failureRate: number;
  /** Null where there are none. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** The sum for each currency, as text. */
  readonly cost: Readonly<Record<string, string>>;
}

export interface StatsRow {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly timed_out: number;
  readonly percentiles: readonly [number, number, number] | null;
  readonly cost: Readonly<Record<string, string>> | null;
}

const CONDITIONS: Readonly<Record<keyof ExecutionSpan, string>> = {
  toolId: 'tool_id =',
  userId: 'user_id =',
  status: 'status =',
  from: 'started_at >=',
  until: 'started_at <',
};

/** `$1` is the tenant; the values follow it. */
export function selectStats(span: ExecutionSpan): { sql: string; values: unknown[] } {
  checkedObject('span', span);
  const values: unknown[] = [];
  const conditions = (Object.keys(CONDITIONS) as (keyof ExecutionSpan)[])
    .filter((name) => span[name] !== undefined)
    .map((name) => ` AND ${CONDITIONS[name]} $${values.push(span[name]) + 1}`);
  return { sql: statement(conditions.join('')), values };
}

export function statsOf(row: StatsRow): ExecutionStats {
  const { total, completed, failed, cancelled, timed_out: timedOut, percentiles, cost } = row;
  const [p50, p95, p99] = percentiles ?? [0, 0, 0];
  return {
    total,
    completed,
    failed,
    cancelled,
    timedOut,
    failureRate: total === 0 ? 0 : (failed + timedOut) / total,
    latencyMs: percentiles ? { p50, p95, p99 } : null,
    cost: cost ?? {},
  };
}

function statement(conditions: string): string {
  return `
    WITH chosen AS (
      SELECT status, duration_ms, cost, currency
        FROM tool_executions
       WHERE tenant_id = $1${conditions}
    )
    SELECT count(*)::double precision AS total,
           ${counted('completed')} AS completed,
           ${counted('failed')} AS failed,
           ${counted('cancelled')} AS cancelled,
           ${counted('timeout')} AS timed_out,
           percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_ms) AS percentiles,
           (SELECT jsonb_object_agg(currency, amount)
              FROM (SELECT currency, sum(cost)::text AS amount FROM chosen GROUP BY currency) sums
           ) AS cost
      FROM chosen`;
}

function counted(status: ExecutionStatus): string {
  return `(count(*) FILTER (WHERE status = '${status}'))::double precision`;
}
