import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "projects" (
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
      "path" text NOT NULL,
      "settings" jsonb NOT NULL DEFAULT '{}',
      "user_id" uuid NOT NULL,
      CONSTRAINT "pk_projects" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "activities" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "type" text NOT NULL,
      "message" text NOT NULL,
      "metadata" jsonb NOT NULL DEFAULT '{}',
      "timestamp" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "project_id" uuid NOT NULL,
      CONSTRAINT "pk_activities" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "agents" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "status" text NOT NULL DEFAULT 'running',
      "start_time" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "end_time" TIMESTAMP(3) WITH TIME ZONE,
      "logs" jsonb NOT NULL DEFAULT '[]',
      "error" text,
      "project_id" uuid NOT NULL,
      CONSTRAINT "ck_agents_status_cef5b634" CHECK ("status" IN ('running', 'completed', 'failed')),
      CONSTRAINT "ck_agents_status_end_time_405d0be0" CHECK (("status" = 'running') = ("end_time" IS NULL)),
      CONSTRAINT "ck_agents_end_time_start_time_73ecb1f8" CHECK ("end_time" >= "start_time"),
      CONSTRAINT "pk_agents" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_projects_tenant_id_user_id" ON "projects"  ("tenant_id", "user_id")`,
  `CREATE INDEX "ix_activities_tenant_id_project_id_timestamp_id" ON "activities"  ("tenant_id", "project_id", "timestamp", "id")`,
  `CREATE INDEX "ix_agents_tenant_id_project_id_start_time" ON "agents"  ("tenant_id", "project_id", "start_time")`,
  `CREATE INDEX "ix_projects_tenant_id_delete_batch" ON "projects"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_projects_deleted_at" ON "projects"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_activities_tenant_id_delete_batch" ON "activities"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_activities_deleted_at" ON "activities"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_agents_tenant_id_delete_batch" ON "agents"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_agents_deleted_at" ON "agents"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "projects" ADD CONSTRAINT "fk_projects_tenant_id_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "activities" ADD CONSTRAINT "fk_activities_tenant_id_project_id" FOREIGN KEY ("tenant_id", "project_id") REFERENCES "projects"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "agents" ADD CONSTRAINT "fk_agents_tenant_id_project_id" FOREIGN KEY ("tenant_id", "project_id") REFERENCES "projects"("tenant_id","id") ON DELETE CASCADE ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateProjects1767225600005 implements MigrationInterface {
  name = 'CreateProjects1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "agents" DROP CONSTRAINT "fk_agents_tenant_id_project_id"',
      'ALTER TABLE "activities" DROP CONSTRAINT "fk_activities_tenant_id_project_id"',
      'ALTER TABLE "projects" DROP CONSTRAINT "fk_projects_tenant_id_user_id"',
      'DROP TABLE "agents"',
      'DROP TABLE "activities"',
      'DROP TABLE "projects"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
