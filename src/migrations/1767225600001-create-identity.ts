import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "tenants" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "name" text NOT NULL,
      "slug" text NOT NULL,
      "state" text NOT NULL DEFAULT 'active',
      "settings" jsonb NOT NULL DEFAULT '{}',
      CONSTRAINT "ck_tenants_state_6914f73a" CHECK ("state" IN ('active', 'suspended', 'closed')),
      CONSTRAINT "pk_tenants" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "users" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "name" text NOT NULL,
      "email" text NOT NULL,
      "email_verified" boolean NOT NULL DEFAULT false,
      "image" text,
      CONSTRAINT "ck_users_email_ac50067f" CHECK ("email" = lower("email")),
      CONSTRAINT "pk_users" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "memberships" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "kind" text NOT NULL DEFAULT 'member',
      "state" text NOT NULL DEFAULT 'active',
      CONSTRAINT "ck_memberships_kind_d3aa0272" CHECK ("kind" IN ('owner', 'admin', 'member', 'guest')),
      CONSTRAINT "ck_memberships_state_6471ec30" CHECK ("state" IN ('invited', 'active', 'suspended')),
      CONSTRAINT "pk_memberships" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX "ix_tenants_slug_active" ON "tenants"  ("slug") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_users_email_active" ON "users"  ("email") WHERE "deleted_at" IS NULL`,
];

const REFERENCES = [
  `ALTER TABLE "memberships" ADD CONSTRAINT "fk_memberships_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "memberships" ADD CONSTRAINT "fk_memberships_id" FOREIGN KEY ("id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateIdentity1767225600001 implements MigrationInterface {
  name = 'CreateIdentity1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "memberships" DROP CONSTRAINT "fk_memberships_id"',
      'ALTER TABLE "memberships" DROP CONSTRAINT "fk_memberships_tenant_id"',
      'DROP TABLE "memberships"',
      'DROP TABLE "users"',
      'DROP TABLE "tenants"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
