import type { JobStatus } from '../../entities/studies/job.entity.js';
import type { MoneyByCurrency } from '../costs/cost-totals.js';

export interface StudyStats {
  /** How many jobs there are in each status; a status without jobs is left out. */
  readonly jobs: Readonly<Partial<Record<JobStatus, number>>>;
  readonly results: { readonly total: number; readonly succeeded: number; readonly failed: number };
  /** From 0 to 1; null where there is no result yet. */
  readonly successRate: number | null;
  /** Of all results that tell how long they took; null where none does. */
  readonly latencyMs: Readonly<Record<'p50' | 'p95' | 'p99', number | null>>;
  /** One exact sum a currency, from the ledger. */
  readonly cost: MoneyByCurrency;
}

export interface RawStats {
  readonly jobs: StudyStats['jobs'] | null;
  readonly total: string;
  readonly succeeded: string;
  readonly latency: readonly (number | null)[] | null;
  readonly cost: MoneyByCurrency | null;
}

/** $1 the tenant, $2 the study. No row: there is no such study. */
export const STUDY_STATS = `SELECT
    (SELECT jsonb_object_agg(counted."status", counted."jobs") FROM (
      SELECT "status", count(*) AS "jobs" FROM "jobs"
      WHERE "tenant_id" = $1 AND "study_id" = $2 AND "deleted_at" IS NULL GROUP BY "status"
    ) AS counted) AS "jobs",
    seen."total", seen."succeeded", seen."latency",
    (SELECT jsonb_object_agg(spent."currency", spent."amount"::text) FROM (
      SELECT "currency", sum("amount") AS "amount" FROM "cost_records"
      WHERE "tenant_id" = $1 AND "study_id" = $2 GROUP BY "currency"
    ) AS spent) AS "cost"
  FROM "studies" AS study CROSS JOIN (
    SELECT count(*) AS "total", count(*) FILTER (WHERE "status" = 'succeeded') AS "succeeded",
      percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY "latency_ms") AS "latency"
    FROM "results" WHERE "tenant_id" = $1 AND "study_id" = $2 AND "deleted_at" IS NULL
  ) AS seen
  WHERE study."tenant_id" = $1 AND study."id" = $2 AND study."deleted_at" IS NULL`;

export function statsOf(raw: RawStats): StudyStats {
  const [total, succeeded] = [Number(raw.total), Number(raw.succeeded)];
  const [p50 = null, p95 = null, p99 = null] = raw.latency ?? [];
  return {
    jobs: raw.jobs ?? {},
    results: { total, succeeded, failed: total - succeeded },
    successRate: total === 0 ? null : succeeded / total,
    latencyMs: { p50, p95, p99 },
    cost: raw.cost ?? {},
  };
}
