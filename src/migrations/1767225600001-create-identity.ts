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
      "invited_email" text,
      CONSTRAINT "ck_memberships_kind_d3aa0272" CHECK ("kind" IN ('owner', 'admin', 'member', 'guest')),
      CONSTRAINT "ck_memberships_state_6471ec30" CHECK ("state" IN ('invited', 'active', 'suspended')),
      CONSTRAINT "pk_memberships" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "workspaces" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
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
      CONSTRAINT "ck_workspaces_state_34a0b6de" CHECK ("state" IN ('active', 'archived')),
      CONSTRAINT "pk_workspaces" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "roles" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "name" text NOT NULL,
      "description" text,
      "permissions" jsonb NOT NULL DEFAULT '[]',
      CONSTRAINT "ck_roles_permissions_6c35658b" CHECK (jsonb_typeof("permissions") = 'array'),
      CONSTRAINT "pk_roles" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "user_roles" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "user_id" uuid NOT NULL,
      "role_id" uuid NOT NULL,
      "workspace_id" uuid,
      CONSTRAINT "pk_user_roles" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "accounts" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "account_id" text NOT NULL,
      "provider_id" text NOT NULL,
      "user_id" uuid NOT NULL,
      "access_token" text,
      "refresh_token" text,
      "id_token" text,
      "access_token_expires_at" TIMESTAMP(3) WITH TIME ZONE,
      "refresh_token_expires_at" TIMESTAMP(3) WITH TIME ZONE,
      "scope" text,
      "password" text,
      CONSTRAINT "pk_accounts" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "sessions" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "user_id" uuid NOT NULL,
      "token" text NOT NULL,
      "expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL,
      "ip_address" text,
      "user_agent" text,
      CONSTRAINT "pk_sessions" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "verification_tokens" (
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "identifier" text NOT NULL,
      "value" text NOT NULL,
      "expires_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL,
      CONSTRAINT "pk_verification_tokens" PRIMARY KEY ("id")
    )`,
  `CREATE TABLE "api_keys" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "version" integer NOT NULL DEFAULT '1',
      "name" text NOT NULL,
      "prefix" text NOT NULL,
      "key_hash" text NOT NULL,
      "scopes" jsonb NOT NULL DEFAULT '[]',
      "expires_at" TIMESTAMP(3) WITH TIME ZONE,
      "last_used_at" TIMESTAMP(3) WITH TIME ZONE,
      "revoked_at" TIMESTAMP(3) WITH TIME ZONE,
      "user_id" uuid,
      CONSTRAINT "ck_api_keys_scopes_b9fb5f8d" CHECK (jsonb_typeof("scopes") = 'array'),
      CONSTRAINT "pk_api_keys" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX "ix_tenants_slug_active" ON "tenants"  ("slug") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_users_email_active" ON "users"  ("email") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_memberships_id" ON "memberships"  ("id")`,
  `CREATE INDEX "ix_memberships_tenant_id_state_active" ON "memberships"  ("tenant_id", "state") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_workspaces_tenant_id_slug_active" ON "workspaces"  ("tenant_id", "slug") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_roles_tenant_id_name_active" ON "roles"  ("tenant_id", "name") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_user_roles_tenant_id_workspace_id_active" ON "user_roles"  ("tenant_id", "workspace_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_user_roles_tenant_id_role_id_active" ON "user_roles"  ("tenant_id", "role_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_user_roles_tenant_id_user_id_active" ON "user_roles"  ("tenant_id", "user_id") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_user_roles_workspace_active" ON "user_roles"  ("tenant_id", "user_id", "role_id", "workspace_id") WHERE "deleted_at" IS NULL AND "workspace_id" IS NOT NULL`,
  `CREATE UNIQUE INDEX "ix_user_roles_everywhere_active" ON "user_roles"  ("tenant_id", "user_id", "role_id") WHERE "deleted_at" IS NULL AND "workspace_id" IS NULL`,
  `CREATE INDEX "ix_accounts_user_id_active" ON "accounts"  ("user_id") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_accounts_provider_id_account_id_active" ON "accounts"  ("provider_id", "account_id") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_sessions_token_active" ON "sessions"  ("token") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_sessions_expires_at_active" ON "sessions"  ("expires_at") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_sessions_user_id_active" ON "sessions"  ("user_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_verification_tokens_expires_at_active" ON "verification_tokens"  ("expires_at") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_verification_tokens_identifier_active" ON "verification_tokens"  ("identifier") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_api_keys_tenant_id_key_hash_active" ON "api_keys"  ("tenant_id", "key_hash") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_api_keys_tenant_id_user_id_active" ON "api_keys"  ("tenant_id", "user_id") WHERE "deleted_at" IS NULL`,
];

const REFERENCES = [
  `ALTER TABLE "memberships" ADD CONSTRAINT "fk_memberships_tenant_id" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "memberships" ADD CONSTRAINT "fk_memberships_id" FOREIGN KEY ("id") REFERENCES "users"("id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "user_roles" ADD CONSTRAINT "fk_user_roles_tenant_id_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "user_roles" ADD CONSTRAINT "fk_user_roles_tenant_id_role_id" FOREIGN KEY ("tenant_id", "role_id") REFERENCES "roles"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "user_roles" ADD CONSTRAINT "fk_user_roles_tenant_id_workspace_id" FOREIGN KEY ("tenant_id", "workspace_id") REFERENCES "workspaces"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "accounts" ADD CONSTRAINT "fk_accounts_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "sessions" ADD CONSTRAINT "fk_sessions_user_id" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE NO ACTION`,
  `ALTER TABLE "api_keys" ADD CONSTRAINT "fk_api_keys_tenant_id_user_id" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateIdentity1767225600001 implements MigrationInterface {
  name = 'CreateIdentity1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "api_keys" DROP CONSTRAINT "fk_api_keys_tenant_id_user_id"',
      'ALTER TABLE "sessions" DROP CONSTRAINT "fk_sessions_user_id"',
      'ALTER TABLE "accounts" DROP CONSTRAINT "fk_accounts_user_id"',
      'ALTER TABLE "user_roles" DROP CONSTRAINT "fk_user_roles_tenant_id_workspace_id"',
      'ALTER TABLE "user_roles" DROP CONSTRAINT "fk_user_roles_tenant_id_role_id"',
      'ALTER TABLE "user_roles" DROP CONSTRAINT "fk_user_roles_tenant_id_user_id"',
      'ALTER TABLE "memberships" DROP CONSTRAINT "fk_memberships_id"',
      'ALTER TABLE "memberships" DROP CONSTRAINT "fk_memberships_tenant_id"',
      'DROP TABLE "api_keys"',
      'DROP TABLE "verification_tokens"',
      'DROP TABLE "sessions"',
      'DROP TABLE "accounts"',
      'DROP TABLE "user_roles"',
      'DROP TABLE "roles"',
      'DROP TABLE "workspaces"',
      // The policy of the users reads the memberships, so the users go first.
      'DROP TABLE "users"',
      'DROP TABLE "memberships"',
      'DROP TABLE "tenants"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
