import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "organizations" (
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
      "slug" text NOT NULL,
      "description" text,
      "branding" jsonb NOT NULL DEFAULT '{}',
      "owner_id" uuid,
      CONSTRAINT "pk_organizations" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "media_items" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "title" text NOT NULL,
      "description" text,
      "media_type" text NOT NULL,
      "status" text NOT NULL DEFAULT 'uploading',
      "r2_key" text NOT NULL,
      "file_size_bytes" bigint NOT NULL,
      "mime_type" text NOT NULL,
      "duration_seconds" double precision,
      "width" integer,
      "height" integer,
      "hls_master_playlist_key" text,
      "thumbnail_key" text,
      "failure_reason" text,
      "uploaded_at" TIMESTAMP(3) WITH TIME ZONE,
      "creator_id" uuid NOT NULL,
      "organization_id" uuid,
      CONSTRAINT "ck_media_items_media_type_84d26049" CHECK ("media_type" IN ('video', 'audio')),
      CONSTRAINT "ck_media_items_status_9b14c4f8" CHECK ("status" IN ('uploading', 'uploaded', 'transcoding', 'ready', 'failed')),
      CONSTRAINT "ck_media_items_file_size_bytes_47607857" CHECK ("file_size_bytes" >= 0),
      CONSTRAINT "ck_media_items_duration_seconds_9977b447" CHECK ("duration_seconds" >= 0),
      CONSTRAINT "ck_media_items_width_b8d19590" CHECK ("width" >= 1),
      CONSTRAINT "ck_media_items_height_dc315fd7" CHECK ("height" >= 1),
      CONSTRAINT "ck_media_items_status_duration_seconds_uploaded_at_med_1df4a1d7" CHECK ("status" <> 'ready' OR ("duration_seconds" IS NOT NULL AND "uploaded_at" IS NOT NULL AND ("media_type" <> 'video' OR ("hls_master_playlist_key" IS NOT NULL AND "width" IS NOT NULL AND "height" IS NOT NULL)))),
      CONSTRAINT "pk_media_items" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "content" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "title" text NOT NULL,
      "slug" text NOT NULL,
      "description" text,
      "body" text,
      "content_type" text NOT NULL,
      "status" text NOT NULL DEFAULT 'draft',
      "visibility" text NOT NULL DEFAULT 'public',
      "price" numeric(18,6) NOT NULL DEFAULT '0',
      "currency" text NOT NULL DEFAULT 'USD',
      "view_count" bigint NOT NULL DEFAULT '0',
      "published_at" TIMESTAMP(3) WITH TIME ZONE,
      "creator_id" uuid NOT NULL,
      "organization_id" uuid,
      "media_item_id" uuid,
      CONSTRAINT "ck_content_content_type_fb7d6b95" CHECK ("content_type" IN ('video', 'audio', 'written')),
      CONSTRAINT "ck_content_status_e87801d2" CHECK ("status" IN ('draft', 'published', 'archived')),
      CONSTRAINT "ck_content_visibility_30af521d" CHECK ("visibility" IN ('public', 'unlisted', 'members', 'private')),
      CONSTRAINT "ck_content_price_df6ee978" CHECK ("price" >= 0),
      CONSTRAINT "ck_content_currency_63e7f53c" CHECK ("currency" ~ '^[A-Z]{3}$'),
      CONSTRAINT "ck_content_view_count_210951bd" CHECK ("view_count" >= 0),
      CONSTRAINT "ck_content_status_published_at_4df7afa7" CHECK (("status" = 'published') = ("published_at" IS NOT NULL)),
      CONSTRAINT "pk_content" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE UNIQUE INDEX "ix_organizations_tenant_id_slug_active" ON "organizations"  ("tenant_id", "slug") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_organizations_tenant_id_owner_id" ON "organizations"  ("tenant_id", "owner_id")`,
  `CREATE INDEX "ix_media_items_tenant_id_status_id_active" ON "media_items"  ("tenant_id", "status", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_media_items_tenant_id_organization_id" ON "media_items"  ("tenant_id", "organization_id")`,
  `CREATE INDEX "ix_media_items_tenant_id_creator_id_status_id" ON "media_items"  ("tenant_id", "creator_id", "status", "id")`,
  `CREATE INDEX "ix_content_tenant_id_media_item_id" ON "content"  ("tenant_id", "media_item_id")`,
  `CREATE INDEX "ix_content_tenant_id_status_published_at_id_active" ON "content"  ("tenant_id", "status", "published_at", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_content_tenant_id_creator_id_published_at_id" ON "content"  ("tenant_id", "creator_id", "published_at", "id")`,
  `CREATE INDEX "ix_content_tenant_id_published_at_id_active" ON "content"  ("tenant_id", "published_at", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_content_tenant_id_organization_id_published_at_id" ON "content"  ("tenant_id", "organization_id", "published_at", "id")`,
  `CREATE UNIQUE INDEX "ix_content_tenant_id_creator_id_slug_personal" ON "content"  ("tenant_id", "creator_id", "slug") WHERE "organization_id" IS NULL AND "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_content_tenant_id_organization_id_slug_active" ON "content"  ("tenant_id", "organization_id", "slug") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_organizations_tenant_id_delete_batch" ON "organizations"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_organizations_deleted_at" ON "organizations"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_media_items_tenant_id_delete_batch" ON "media_items"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_media_items_deleted_at" ON "media_items"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_content_tenant_id_delete_batch" ON "content"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_content_deleted_at" ON "content"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "organizations" ADD CONSTRAINT "fk_organizations_tenant_id_owner_id" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "media_items" ADD CONSTRAINT "fk_media_items_tenant_id_creator_id" FOREIGN KEY ("tenant_id", "creator_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "media_items" ADD CONSTRAINT "fk_media_items_tenant_id_organization_id" FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organizations"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "content" ADD CONSTRAINT "fk_content_tenant_id_creator_id" FOREIGN KEY ("tenant_id", "creator_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "content" ADD CONSTRAINT "fk_content_tenant_id_organization_id" FOREIGN KEY ("tenant_id", "organization_id") REFERENCES "organizations"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "content" ADD CONSTRAINT "fk_content_tenant_id_media_item_id" FOREIGN KEY ("tenant_id", "media_item_id") REFERENCES "media_items"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateContent1767225600010 implements MigrationInterface {
  name = 'CreateContent1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "content" DROP CONSTRAINT "fk_content_tenant_id_media_item_id"',
      'ALTER TABLE "content" DROP CONSTRAINT "fk_content_tenant_id_organization_id"',
      'ALTER TABLE "content" DROP CONSTRAINT "fk_content_tenant_id_creator_id"',
      'ALTER TABLE "media_items" DROP CONSTRAINT "fk_media_items_tenant_id_organization_id"',
      'ALTER TABLE "media_items" DROP CONSTRAINT "fk_media_items_tenant_id_creator_id"',
      'ALTER TABLE "organizations" DROP CONSTRAINT "fk_organizations_tenant_id_owner_id"',
      'DROP TABLE "content"',
      'DROP TABLE "media_items"',
      'DROP TABLE "organizations"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
