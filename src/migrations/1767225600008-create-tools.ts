import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "tools" (
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
      "release" text NOT NULL DEFAULT '1.0.0',
      "description" text,
      "input_schema" jsonb NOT NULL DEFAULT '{}',
      "output_schema" jsonb NOT NULL DEFAULT '{}',
      "state" text NOT NULL DEFAULT 'enabled',
      "built_in" boolean NOT NULL DEFAULT false,
      CONSTRAINT "ck_tools_state_181b7635" CHECK ("state" IN ('enabled', 'disabled', 'deprecated')),
      CONSTRAINT "pk_tools" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "tool_executions" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "status" text NOT NULL,
      "input" jsonb NOT NULL DEFAULT '{}',
      "output" jsonb,
      "error" text,
      "started_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL,
      "finished_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL,
      "duration_ms" bigint NOT NULL,
      "cost" numeric(18,6) NOT NULL DEFAULT '0',
      "currency" text NOT NULL DEFAULT 'USD',
      "tool_id" uuid NOT NULL,
      "user_id" uuid,
      CONSTRAINT "ck_tool_executions_status_ac1ac62a" CHECK ("status" IN ('completed', 'failed', 'cancelled', 'timeout')),
      CONSTRAINT "ck_tool_executions_duration_ms_f1d5b05a" CHECK ("duration_ms" >= 0),
      CONSTRAINT "ck_tool_executions_cost_a16e2335" CHECK ("cost" >= 0),
      CONSTRAINT "ck_tool_executions_currency_63e7f53c" CHECK ("currency" ~ '^[A-Z]{3}$'),
      CONSTRAINT "ck_tool_executions_finished_at_started_at_3c51337a" CHECK ("finished_at" >= "started_at"),
      CONSTRAINT "pk_tool_executions" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "tool_permissions" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "subject_kind" text NOT NULL,
      "role_name" text,
      "effect" text NOT NULL,
      "tool_id" uuid NOT NULL,
      "member_id" uuid,
      CONSTRAINT "ck_tool_permissions_subject_kind_3d0455e0" CHECK ("subject_kind" IN ('everyone', 'role', 'member')),
      CONSTRAINT "ck_tool_permissions_effect_b4d044c2" CHECK ("effect" IN ('allow', 'deny')),
      CONSTRAINT "ck_tool_permissions_role_name_subject_kind_member_id_12f46d09" CHECK (("role_name" IS NOT NULL) = ("subject_kind" = 'role') AND ("member_id" IS NOT NULL) = ("subject_kind" = 'member')),
      CONSTRAINT "pk_tool_permissions" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "tool_usage_limits" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "period" text NOT NULL,
      "max_calls" integer NOT NULL,
      "used" integer NOT NULL DEFAULT '0',
      "period_starts_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "tool_id" uuid NOT NULL,
      "user_id" uuid,
      CONSTRAINT "ck_tool_usage_limits_period_0828ef53" CHECK ("period" IN ('minute', 'hour', 'day', 'month')),
      CONSTRAINT "ck_tool_usage_limits_max_calls_c288ba10" CHECK ("max_calls" >= 0),
      CONSTRAINT "ck_tool_usage_limits_used_c12b2939" CHECK ("used" >= 0),
      CONSTRAINT "pk_tool_usage_limits" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX "ix_tools_tenant_id_name_active" ON "tools"  ("tenant_id", "name") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_tools_tenant_id_state_id_active" ON "tools"  ("tenant_id", "state", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_tool_executions_tenant_id_user_id_started_at_id" ON "tool_executions"  ("tenant_id", "user_id", "started_at", "id")`,
  `CREATE INDEX "ix_tool_executions_tenant_id_tool_id_started_at_id" ON "tool_executions"  ("tenant_id", "tool_id", "started_at", "id")`,
  `CREATE INDEX "ix_tool_executions_tenant_id_started_at_id" ON "tool_executions"  ("tenant_id", "started_at", "id")`,
  `CREATE INDEX "ix_tool_permissions_tenant_id_member_id" ON "tool_permissions"  ("tenant_id", "member_id")`,
  `CREATE UNIQUE INDEX "ix_tool_permissions_tenant_id_tool_id_member_id_active" ON "tool_permissions"  ("tenant_id", "tool_id", "member_id") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_tool_permissions_tenant_id_tool_id_role_name_active" ON "tool_permissions"  ("tenant_id", "tool_id", "role_name") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_tool_permissions_tenant_id_tool_id_active" ON "tool_permissions"  ("tenant_id", "tool_id") WHERE "deleted_at" IS NULL AND "subject_kind" = 'everyone'`,
  `CREATE INDEX "ix_tool_usage_limits_tenant_id_user_id" ON "tool_usage_limits"  ("tenant_id", "user_id")`,
  `CREATE UNIQUE INDEX "ix_tool_usage_limits_tenant_id_tool_id_user_id_period_active" ON "tool_usage_limits"  ("tenant_id", "tool_id", "user_id", "period") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_tool_usage_limits_tenant_id_tool_id_period_active" ON "tool_usage_limits"  ("tenant_id", "tool_id", "period") WHERE "deleted_at" IS NULL AND "user_id" IS NULL`,
  `CREATE INDEX "ix_tools_tenant_id_delete_batch" ON "tools"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_tools_deleted_at" ON "tools"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_tool_permissions_tenant_id_delete_batch" ON "tool_permissions"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_tool_permissions_deleted_at" ON "tool_permissions"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_tool_permissions_tenant_id_tool_id" ON "tool_permissions"  ("tenant_id", "tool_id")`,
  `CREATE INDEX "ix_tool_usage_limits_tenant_id_delete_batch" ON "tool_usage_limits"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_tool_usage_limits_deleted_at" ON "tool_usage_limits"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_tool_usage_limits_tenant_id_tool_id" ON "tool_usage_limits"  ("tenant_id", "tool_id")`,
];

const REFERENCES = [
  `ALTER TABLE "tool_executions" ADD CONSTRAINT "fk_tool_executions_tenant_id_tool_id" FOREIGN KEY ("tenant_id", "tool_id") REFERENCES "tools"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "tool_executions" ADD CONSTRAINT "fk_tool_executions_tenant_id_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "tool_permissions" ADD CONSTRAINT "fk_tool_permissions_tenant_id_tool_id" FOREIGN KEY ("tenant_id", "tool_id") REFERENCES "tools"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "tool_permissions" ADD CONSTRAINT "fk_tool_permissions_tenant_id_member_id" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "tool_usage_limits" ADD CONSTRAINT "fk_tool_usage_limits_tenant_id_tool_id" FOREIGN KEY ("tenant_id", "tool_id") REFERENCES "tools"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "tool_usage_limits" ADD CONSTRAINT "fk_tool_usage_limits_tenant_id_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateTools1767225600008 implements MigrationInterface {
  name = 'CreateTools1767225600008';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "tool_usage_limits" DROP CONSTRAINT "fk_tool_usage_limits_tenant_id_user_id"',
      'ALTER TABLE "tool_usage_limits" DROP CONSTRAINT "fk_tool_usage_limits_tenant_id_tool_id"',
      'ALTER TABLE "tool_permissions" DROP CONSTRAINT "fk_tool_permissions_tenant_id_member_id"',
      'ALTER TABLE "tool_permissions" DROP CONSTRAINT "fk_tool_permissions_tenant_id_tool_id"',
      'ALTER TABLE "tool_executions" DROP CONSTRAINT "fk_tool_executions_tenant_id_user_id"',
      'ALTER TABLE "tool_executions" DROP CONSTRAINT "fk_tool_executions_tenant_id_tool_id"',
      'DROP TABLE "tool_usage_limits"',
      'DROP TABLE "tool_permissions"',
      'DROP TABLE "tool_executions"',
      'DROP TABLE "tools"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
