import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "feature_flags" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "key" text NOT NULL,
      "description" text NOT NULL DEFAULT '',
      "enabled" boolean NOT NULL DEFAULT false,
      "rollout_percent" integer NOT NULL DEFAULT '100',
      CONSTRAINT "ck_feature_flags_rollout_percent_9cdffd41" CHECK ("rollout_percent" >= 0),
      CONSTRAINT "ck_feature_flags_rollout_percent_a1ed56d3" CHECK ("rollout_percent" <= 100),
      CONSTRAINT "pk_feature_flags" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "feature_flag_overrides" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "flag_id" uuid NOT NULL,
      "enabled" boolean NOT NULL DEFAULT true,
      "member_id" uuid,
      CONSTRAINT "pk_feature_flag_overrides" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "notifications" (
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
      "title" text NOT NULL,
      "body" text NOT NULL DEFAULT '',
      "data" jsonb NOT NULL DEFAULT '{}',
      "read_at" TIMESTAMP(3) WITH TIME ZONE,
      "recipient_id" uuid NOT NULL,
      CONSTRAINT "pk_notifications" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "seeder_history" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "name" text NOT NULL,
      "content_hash" text NOT NULL,
      "environment" text NOT NULL,
      "ran_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      CONSTRAINT "pk_seeder_history" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "usage_events" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "metric" text NOT NULL,
      "quantity" bigint NOT NULL,
      "occurred_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "user_id" uuid,
      "idempotency_key" text,
      "metadata" jsonb NOT NULL DEFAULT '{}',
      CONSTRAINT "ck_usage_events_quantity_b922ff6a" CHECK ("quantity" >= 0),
      CONSTRAINT "pk_usage_events" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "webhooks" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "url" text NOT NULL,
      "description" text,
      "events" jsonb NOT NULL DEFAULT '[]',
      "secret" text NOT NULL,
      "state" text NOT NULL DEFAULT 'active',
      "failure_count" integer NOT NULL DEFAULT '0',
      "disable_after" integer NOT NULL DEFAULT '10',
      CONSTRAINT "ck_webhooks_state_012673f5" CHECK ("state" IN ('active', 'paused', 'disabled')),
      CONSTRAINT "ck_webhooks_failure_count_0e516694" CHECK ("failure_count" >= 0),
      CONSTRAINT "ck_webhooks_disable_after_3fc07853" CHECK ("disable_after" >= 1),
      CONSTRAINT "ck_webhooks_events_759f7ddb" CHECK (jsonb_typeof("events") = 'array' AND "events" <> '[]'),
      CONSTRAINT "ck_webhooks_url_8f97472e" CHECK ("url" ~ '^https://' OR "url" ~ '^http://(localhost|127\\.0\\.0\\.1|\\[::1\\])([:/]|$)'),
      CONSTRAINT "pk_webhooks" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "webhook_deliveries" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "event_id" text NOT NULL,
      "event" text NOT NULL,
      "payload" jsonb NOT NULL DEFAULT '{}',
      "attempt" integer NOT NULL DEFAULT '1',
      "status" text NOT NULL,
      "response_code" integer,
      "error" text,
      "duration_ms" integer,
      "next_attempt_at" TIMESTAMP(3) WITH TIME ZONE,
      "webhook_id" uuid NOT NULL,
      CONSTRAINT "ck_webhook_deliveries_attempt_88d0ff5f" CHECK ("attempt" >= 1),
      CONSTRAINT "ck_webhook_deliveries_status_31b8e2ef" CHECK ("status" IN ('succeeded', 'failed')),
      CONSTRAINT "ck_webhook_deliveries_response_code_2f2ba9b3" CHECK ("response_code" >= 0),
      CONSTRAINT "ck_webhook_deliveries_duration_ms_f1d5b05a" CHECK ("duration_ms" >= 0),
      CONSTRAINT "ck_webhook_deliveries_status_next_attempt_at_6799f700" CHECK ("status" = 'failed' OR "next_attempt_at" IS NULL),
      CONSTRAINT "pk_webhook_deliveries" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX "ix_feature_flags_key_active" ON "feature_flags"  ("key") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_feature_flag_overrides_flag_id" ON "feature_flag_overrides"  ("flag_id")`,
  `CREATE INDEX "ix_feature_flag_overrides_tenant_id_member_id" ON "feature_flag_overrides"  ("tenant_id", "member_id")`,
  `CREATE UNIQUE INDEX "ix_feature_flag_overrides_tenant_id_flag_id_member_id_active" ON "feature_flag_overrides"  ("tenant_id", "flag_id", "member_id") WHERE "deleted_at" IS NULL AND "member_id" IS NOT NULL`,
  `CREATE UNIQUE INDEX "ix_feature_flag_overrides_tenant_id_flag_id_active" ON "feature_flag_overrides"  ("tenant_id", "flag_id") WHERE "deleted_at" IS NULL AND "member_id" IS NULL`,
  `CREATE INDEX "ix_notifications_unread" ON "notifications"  ("tenant_id", "recipient_id", "id") WHERE "read_at" IS NULL AND "deleted_at" IS NULL`,
  `CREATE INDEX "ix_notifications_tenant_id_recipient_id_id" ON "notifications"  ("tenant_id", "recipient_id", "id")`,
  `CREATE UNIQUE INDEX "ix_seeder_history_name_environment_content_hash" ON "seeder_history"  ("name", "environment", "content_hash")`,
  `CREATE UNIQUE INDEX "ix_usage_events_tenant_id_idempotency_key" ON "usage_events"  ("tenant_id", "idempotency_key")`,
  `CREATE INDEX "ix_usage_events_tenant_id_metric_occurred_at" ON "usage_events"  ("tenant_id", "metric", "occurred_at")`,
  `CREATE INDEX "ix_webhooks_tenant_id_state_active" ON "webhooks"  ("tenant_id", "state") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_webhook_deliveries_tenant_id_next_attempt_at_active" ON "webhook_deliveries"  ("tenant_id", "next_attempt_at") WHERE "next_attempt_at" IS NOT NULL`,
  `CREATE UNIQUE INDEX "ix_webhook_deliveries_tenant_id_webhook_id_event_id_attempt" ON "webhook_deliveries"  ("tenant_id", "webhook_id", "event_id", "attempt")`,
  `CREATE INDEX "ix_webhook_deliveries_tenant_id_webhook_id_id" ON "webhook_deliveries"  ("tenant_id", "webhook_id", "id")`,
  `CREATE INDEX "ix_feature_flags_delete_batch" ON "feature_flags"  ("delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_feature_flags_deleted_at" ON "feature_flags"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_feature_flag_overrides_tenant_id_delete_batch" ON "feature_flag_overrides"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_feature_flag_overrides_deleted_at" ON "feature_flag_overrides"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_notifications_tenant_id_delete_batch" ON "notifications"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_notifications_deleted_at" ON "notifications"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_webhooks_tenant_id_delete_batch" ON "webhooks"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_webhooks_deleted_at" ON "webhooks"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "feature_flag_overrides" ADD CONSTRAINT "fk_feature_flag_overrides_flag_id" FOREIGN KEY ("flag_id") REFERENCES "feature_flags"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "feature_flag_overrides" ADD CONSTRAINT "fk_feature_flag_overrides_tenant_id_member_id" FOREIGN KEY ("tenant_id", "member_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "notifications" ADD CONSTRAINT "fk_notifications_tenant_id_recipient_id" FOREIGN KEY ("tenant_id", "recipient_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "fk_webhook_deliveries_tenant_id_webhook_id" FOREIGN KEY ("tenant_id", "webhook_id") REFERENCES "webhooks"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreatePlatform1767225600002 implements MigrationInterface {
  name = 'CreatePlatform1767225600002';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "webhook_deliveries" DROP CONSTRAINT "fk_webhook_deliveries_tenant_id_webhook_id"',
      'ALTER TABLE "notifications" DROP CONSTRAINT "fk_notifications_tenant_id_recipient_id"',
      'ALTER TABLE "feature_flag_overrides" DROP CONSTRAINT "fk_feature_flag_overrides_tenant_id_member_id"',
      'ALTER TABLE "feature_flag_overrides" DROP CONSTRAINT "fk_feature_flag_overrides_flag_id"',
      'DROP TABLE "webhook_deliveries"',
      'DROP TABLE "webhooks"',
      'DROP TABLE "usage_events"',
      'DROP TABLE "seeder_history"',
      'DROP TABLE "notifications"',
      'DROP TABLE "feature_flag_overrides"',
      'DROP TABLE "feature_flags"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
