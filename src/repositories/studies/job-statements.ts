/**
 * What TypeORM's builders cannot say: an insert out of one JSON text, and claims that pass over
 * the rows that others hold. $1 is the tenant, in every table that is read or written.
 */

/** $2 the study, $3 the manifest. Answers with the new jobs only. */
export const INSERT_MANIFEST = `INSERT INTO "jobs"
  ("tenant_id", "id", "study_id", "manifest_key", "surface_id", "payload", "priority", "position", "max_retries")
  SELECT $1::uuid, entry."id", $2::uuid, entry."manifest_key", entry."surface_id", entry."payload",
    entry."priority", entry."position", entry."max_retries"
  FROM json_to_recordset($3::json) AS entry("id" uuid, "manifest_key" text, "surface_id" text,
    "payload" jsonb, "priority" integer, "position" integer, "max_retries" integer)
  ON CONFLICT ("tenant_id", "study_id", "manifest_key") WHERE "deleted_at" IS NULL DO NOTHING
  RETURNING *`;

/**
 * $2 the study, $3 how many, $4 the worker. MATERIALIZED, because a plan that asks the inner
 * question twice would claim twice as many. A study that is paused or over hands out nothing.
 */
export const CLAIM_NEXT = `WITH next AS MATERIALIZED (
    SELECT job."id" FROM "jobs" AS job
    WHERE job."tenant_id" = $1 AND job."study_id" = $2 AND job."status" = 'pending'
      AND job."deleted_at" IS NULL
      AND EXISTS (SELECT 1 FROM "studies" AS study
        WHERE study."tenant_id" = $1 AND study."id" = $2 AND study."deleted_at" IS NULL
          AND study."state" IN ('draft', 'queued', 'running'))
    ORDER BY job."priority", job."position", job."id"
    LIMIT $3 FOR UPDATE OF job SKIP LOCKED
  )
  UPDATE "jobs" AS job SET "status" = 'executing', "claimed_at" = now(), "claimed_by" = $4,
    "updated_at" = now(), "version" = job."version" + 1
  FROM next WHERE job."tenant_id" = $1 AND job."id" = next."id"
  RETURNING job.*`;

/** $2 the study, $3 the oldest age of a claim in milliseconds. */
export const RELEASE_STALE = `WITH stale AS MATERIALIZED (
    SELECT job."id" FROM "jobs" AS job
    WHERE job."tenant_id" = $1 AND job."study_id" = $2 AND job."status" = 'executing'
      AND job."deleted_at" IS NULL AND job."claimed_at" < now() - $3 * interval '1 millisecond'
    FOR UPDATE OF job SKIP LOCKED
  )
  UPDATE "jobs" AS job SET
    "status" = CASE WHEN job."retry_count" < job."max_retries" THEN 'pending' ELSE 'failed' END,
    "retry_count" = job."retry_count" + CASE WHEN job."retry_count" < job."max_retries" THEN 1 ELSE 0 END,
    "finished_at" = CASE WHEN job."retry_count" < job."max_retries" THEN NULL ELSE now() END,
    "error" = 'The worker went silent', "claimed_at" = NULL, "claimed_by" = NULL,
    "updated_at" = now(), "version" = job."version" + 1
  FROM stale WHERE job."tenant_id" = $1 AND job."id" = stale."id"
  RETURNING job.*`;
