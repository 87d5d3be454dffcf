import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "studies" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "name" text NOT NULL,
      "description" text,
      "definition" jsonb NOT NULL DEFAULT '{}',
      "state" text NOT NULL DEFAULT 'draft',
      "error" text,
      "total_count" integer NOT NULL DEFAULT '0',
      "completed_count" integer NOT NULL DEFAULT '0',
      "failed_count" integer NOT NULL DEFAULT '0',
      "progress_note" text,
      "checkpoint_count" integer NOT NULL DEFAULT '0',
      "started_at" TIMESTAMP(3) WITH TIME ZONE,
      "finished_at" TIMESTAMP(3) WITH TIME ZONE,
      CONSTRAINT "ck_studies_state_083f2678" CHECK ("state" IN ('draft', 'queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
      CONSTRAINT "ck_studies_total_count_6613df20" CHECK ("total_count" >= 0),
      CONSTRAINT "ck_studies_completed_count_0f2da192" CHECK ("completed_count" >= 0),
      CONSTRAINT "ck_studies_failed_count_26b0fb18" CHECK ("failed_count" >= 0),
      CONSTRAINT "ck_studies_checkpoint_count_1f266f26" CHECK ("checkpoint_count" >= 0),
      CONSTRAINT "ck_studies_completed_count_failed_count_total_count_d64b3378" CHECK ("completed_count" + "failed_count" <= "total_count"),
      CONSTRAINT "pk_studies" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "checkpoints" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "sequence" integer NOT NULL,
      "label" text,
      "state" jsonb NOT NULL DEFAULT '{}',
      "study_id" uuid NOT NULL,
      CONSTRAINT "ck_checkpoints_sequence_03f9bf09" CHECK ("sequence" >= 1),
      CONSTRAINT "pk_checkpoints" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "jobs" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "manifest_key" text NOT NULL,
      "surface_id" text,
      "payload" jsonb NOT NULL DEFAULT '{}',
      "status" text NOT NULL DEFAULT 'pending',
      "priority" integer NOT NULL DEFAULT '0',
      "position" integer NOT NULL DEFAULT '0',
      "retry_count" integer NOT NULL DEFAULT '0',
      "max_retries" integer NOT NULL DEFAULT '3',
      "claimed_by" text,
      "claimed_at" TIMESTAMP(3) WITH TIME ZONE,
      "finished_at" TIMESTAMP(3) WITH TIME ZONE,
      "error" text,
      "study_id" uuid NOT NULL,
      CONSTRAINT "ck_jobs_status_5930bfb6" CHECK ("status" IN ('pending', 'executing', 'completed', 'failed', 'cancelled')),
      CONSTRAINT "ck_jobs_priority_03101da1" CHECK ("priority" >= 0),
      CONSTRAINT "ck_jobs_position_b7a615aa" CHECK ("position" >= 0),
      CONSTRAINT "ck_jobs_retry_count_c8ee9926" CHECK ("retry_count" >= 0),
      CONSTRAINT "ck_jobs_max_retries_4fd9152b" CHECK ("max_retries" >= 0),
      CONSTRAINT "ck_jobs_status_claimed_at_594acf69" CHECK (("status" = 'executing') = ("claimed_at" IS NOT NULL)),
      CONSTRAINT "pk_jobs" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "results" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "surface_id" text,
      "status" text NOT NULL DEFAULT 'succeeded',
      "data" jsonb NOT NULL DEFAULT '{}',
      "latency_ms" double precision,
      "error" text,
      "study_id" uuid NOT NULL,
      "job_id" uuid NOT NULL,
      CONSTRAINT "ck_results_status_31b8e2ef" CHECK ("status" IN ('succeeded', 'failed')),
      CONSTRAINT "ck_results_latency_ms_04425a95" CHECK ("latency_ms" >= 0),
      CONSTRAINT "pk_results" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "evidence" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "kind" text NOT NULL,
      "content_type" text NOT NULL DEFAULT 'application/octet-stream',
      "content_hash" text NOT NULL,
      "size_bytes" bigint NOT NULL,
      "content" bytea NOT NULL,
      "study_id" uuid NOT NULL,
      "result_id" uuid NOT NULL,
      CONSTRAINT "ck_evidence_size_bytes_532bf7e4" CHECK ("size_bytes" >= 0),
      CONSTRAINT "pk_evidence" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_studies_tenant_id_state_id_active" ON "studies"  ("tenant_id", "state", "id") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_checkpoints_tenant_id_study_id_sequence" ON "checkpoints"  ("tenant_id", "study_id", "sequence")`,
  `CREATE INDEX "ix_jobs_tenant_id_study_id_claimed_at_active" ON "jobs"  ("tenant_id", "study_id", "claimed_at") WHERE "status" = 'executing' AND "deleted_at" IS NULL`,
  `CREATE INDEX "ix_jobs_tenant_id_study_id_priority_position_id_active" ON "jobs"  ("tenant_id", "study_id", "priority", "position", "id") WHERE "status" = 'pending' AND "deleted_at" IS NULL`,
  `CREATE INDEX "ix_jobs_tenant_id_study_id_status_position_id_active" ON "jobs"  ("tenant_id", "study_id", "status", "position", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_jobs_tenant_id_study_id_position_id" ON "jobs"  ("tenant_id", "study_id", "position", "id")`,
  `CREATE UNIQUE INDEX "ix_jobs_tenant_id_study_id_manifest_key_active" ON "jobs"  ("tenant_id", "study_id", "manifest_key") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_results_tenant_id_study_id_surface_id_id_active" ON "results"  ("tenant_id", "study_id", "surface_id", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_results_tenant_id_job_id" ON "results"  ("tenant_id", "job_id")`,
  `CREATE INDEX "ix_results_tenant_id_study_id_id" ON "results"  ("tenant_id", "study_id", "id")`,
  `CREATE INDEX "ix_evidence_tenant_id_result_id_id" ON "evidence"  ("tenant_id", "result_id", "id")`,
  `CREATE INDEX "ix_evidence_tenant_id_study_id_id" ON "evidence"  ("tenant_id", "study_id", "id")`,
  `CREATE INDEX "ix_studies_tenant_id_delete_batch" ON "studies"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_checkpoints_tenant_id_delete_batch" ON "checkpoints"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_jobs_tenant_id_delete_batch" ON "jobs"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_results_tenant_id_delete_batch" ON "results"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_evidence_tenant_id_delete_batch" ON "evidence"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "checkpoints" ADD CONSTRAINT "fk_checkpoints_tenant_id_study_id" FOREIGN KEY ("tenant_id", "study_id") REFERENCES "studies"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "jobs" ADD CONSTRAINT "fk_jobs_tenant_id_study_id" FOREIGN KEY ("tenant_id", "study_id") REFERENCES "studies"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "results" ADD CONSTRAINT "fk_results_tenant_id_study_id" FOREIGN KEY ("tenant_id", "study_id") REFERENCES "studies"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "results" ADD CONSTRAINT "fk_results_tenant_id_job_id" FOREIGN KEY ("tenant_id", "job_id") REFERENCES "jobs"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "evidence" ADD CONSTRAINT "fk_evidence_tenant_id_study_id" FOREIGN KEY ("tenant_id", "study_id") REFERENCES "studies"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "evidence" ADD CONSTRAINT "fk_evidence_tenant_id_result_id" FOREIGN KEY ("tenant_id", "result_id") REFERENCES "results"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateStudies1767225600004 implements MigrationInterface {
  name = 'CreateStudies1767225600004';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "evidence" DROP CONSTRAINT "fk_evidence_tenant_id_result_id"',
      'ALTER TABLE "evidence" DROP CONSTRAINT "fk_evidence_tenant_id_study_id"',
      'ALTER TABLE "results" DROP CONSTRAINT "fk_results_tenant_id_job_id"',
      'ALTER TABLE "results" DROP CONSTRAINT "fk_results_tenant_id_study_id"',
      'ALTER TABLE "jobs" DROP CONSTRAINT "fk_jobs_tenant_id_study_id"',
      'ALTER TABLE "checkpoints" DROP CONSTRAINT "fk_checkpoints_tenant_id_study_id"',
      'DROP TABLE "evidence"',
      'DROP TABLE "results"',
      'DROP TABLE "jobs"',
      'DROP TABLE "checkpoints"',
      'DROP TABLE "studies"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
