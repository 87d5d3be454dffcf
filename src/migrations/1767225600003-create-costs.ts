import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "cost_records" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "project_id" uuid,
      "study_id" uuid,
      "job_id" uuid,
      "amount" numeric(18,6) NOT NULL,
      "currency" text NOT NULL DEFAULT 'USD',
      "model" text NOT NULL,
      "provider" text NOT NULL,
      "input_tokens" bigint,
      "output_tokens" bigint,
      "occurred_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      CONSTRAINT "ck_cost_records_currency_63e7f53c" CHECK ("currency" ~ '^[A-Z]{3}$'),
      CONSTRAINT "ck_cost_records_input_tokens_6ae47563" CHECK ("input_tokens" >= 0),
      CONSTRAINT "ck_cost_records_output_tokens_5a815412" CHECK ("output_tokens" >= 0),
      CONSTRAINT "ck_cost_records_job_id_study_id_94e14136" CHECK ("job_id" IS NULL OR "study_id" IS NOT NULL),
      CONSTRAINT "ck_cost_records_project_id_study_id_19920841" CHECK (("project_id" IS NULL) <> ("study_id" IS NULL)),
      CONSTRAINT "pk_cost_records" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_cost_records_tenant_id_occurred_at" ON "cost_records"  ("tenant_id", "occurred_at")`,
  `CREATE INDEX "ix_cost_records_tenant_id_study_id_occurred_at_active" ON "cost_records"  ("tenant_id", "study_id", "occurred_at") WHERE "study_id" IS NOT NULL`,
  `CREATE INDEX "ix_cost_records_tenant_id_project_id_occurred_at_active" ON "cost_records"  ("tenant_id", "project_id", "occurred_at") WHERE "project_id" IS NOT NULL`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateCosts1767225600003 implements MigrationInterface {
  name = 'CreateCosts1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = ['DROP TABLE "cost_records"'];
    for (const statement of statements) await runner.query(statement);
  }
}
