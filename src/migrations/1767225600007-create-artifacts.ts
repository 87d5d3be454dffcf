import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "artifacts" (
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
      "kind" text NOT NULL,
      "description" text,
      "current_version" integer NOT NULL DEFAULT '0',
      "metadata" jsonb NOT NULL DEFAULT '{}',
      "creator_id" uuid NOT NULL,
      CONSTRAINT "ck_artifacts_kind_202acfe7" CHECK ("kind" IN ('document', 'code', 'image', 'dataset', 'other')),
      CONSTRAINT "ck_artifacts_current_version_5eaf11c4" CHECK ("current_version" >= 0),
      CONSTRAINT "pk_artifacts" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "artifact_versions" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "number" integer NOT NULL,
      "text" text,
      "data" jsonb,
      "content_hash" text NOT NULL,
      "note" text,
      "artifact_id" uuid NOT NULL,
      "author_id" uuid NOT NULL,
      CONSTRAINT "ck_artifact_versions_number_095b5f34" CHECK ("number" >= 1),
      CONSTRAINT "ck_artifact_versions_data_49379438" CHECK ("data" IS NULL OR jsonb_typeof("data") IN ('object', 'array')),
      CONSTRAINT "ck_artifact_versions_text_data_e32ab930" CHECK (("text" IS NULL) <> ("data" IS NULL)),
      CONSTRAINT "pk_artifact_versions" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "artifact_collections" (
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
      "creator_id" uuid NOT NULL,
      CONSTRAINT "pk_artifact_collections" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "artifact_collection_items" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "position" integer NOT NULL,
      "collection_id" uuid NOT NULL,
      "artifact_id" uuid NOT NULL,
      CONSTRAINT "ck_artifact_collection_items_position_c2a0a857" CHECK ("position" >= 1),
      CONSTRAINT "pk_artifact_collection_items" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "artifact_comments" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "body" text NOT NULL,
      "resolved_at" TIMESTAMP(3) WITH TIME ZONE,
      "artifact_id" uuid NOT NULL,
      "parent_id" uuid,
      "author_id" uuid NOT NULL,
      "resolver_id" uuid,
      CONSTRAINT "pk_artifact_comments" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "artifact_relationships" (
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
      "from_id" uuid NOT NULL,
      "to_id" uuid NOT NULL,
      CONSTRAINT "ck_artifact_relationships_kind_30944808" CHECK ("kind" IN ('depends_on', 'derived_from', 'supersedes', 'references', 'relates_to')),
      CONSTRAINT "ck_artifact_relationships_from_id_to_id_8e0246ac" CHECK ("from_id" <> "to_id"),
      CONSTRAINT "pk_artifact_relationships" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_artifacts_tenant_id_creator_id_id" ON "artifacts"  ("tenant_id", "creator_id", "id")`,
  `CREATE INDEX "ix_artifacts_tenant_id_kind_id_active" ON "artifacts"  ("tenant_id", "kind", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_artifact_versions_tenant_id_author_id" ON "artifact_versions"  ("tenant_id", "author_id")`,
  `CREATE UNIQUE INDEX "ix_artifact_versions_tenant_id_artifact_id_number" ON "artifact_versions"  ("tenant_id", "artifact_id", "number")`,
  `CREATE UNIQUE INDEX "ix_artifact_collections_tenant_id_name_active" ON "artifact_collections"  ("tenant_id", "name") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_artifact_collections_tenant_id_creator_id" ON "artifact_collections"  ("tenant_id", "creator_id")`,
  `CREATE INDEX "ix_artifact_collection_items_tenant_id_artifact_id" ON "artifact_collection_items"  ("tenant_id", "artifact_id")`,
  `CREATE INDEX "ix_artifact_collection_items_tenant_id_collection_id_p_2bba7e0d" ON "artifact_collection_items"  ("tenant_id", "collection_id", "position", "id")`,
  `CREATE UNIQUE INDEX "ix_artifact_collection_items_tenant_id_collection_id_a_1685326a" ON "artifact_collection_items"  ("tenant_id", "collection_id", "artifact_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_artifact_comments_tenant_id_resolver_id" ON "artifact_comments"  ("tenant_id", "resolver_id")`,
  `CREATE INDEX "ix_artifact_comments_tenant_id_author_id" ON "artifact_comments"  ("tenant_id", "author_id")`,
  `CREATE INDEX "ix_artifact_comments_tenant_id_parent_id_id" ON "artifact_comments"  ("tenant_id", "parent_id", "id")`,
  `CREATE INDEX "ix_artifact_comments_tenant_id_artifact_id_parent_id_id" ON "artifact_comments"  ("tenant_id", "artifact_id", "parent_id", "id")`,
  `CREATE INDEX "ix_artifact_relationships_tenant_id_to_id_kind_from_id" ON "artifact_relationships"  ("tenant_id", "to_id", "kind", "from_id")`,
  `CREATE UNIQUE INDEX "ix_artifact_relationships_tenant_id_from_id_kind_to_id_active" ON "artifact_relationships"  ("tenant_id", "from_id", "kind", "to_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_artifacts_tenant_id_delete_batch" ON "artifacts"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_artifacts_deleted_at" ON "artifacts"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_collections_tenant_id_delete_batch" ON "artifact_collections"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_collections_deleted_at" ON "artifact_collections"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_collection_items_tenant_id_delete_batch" ON "artifact_collection_items"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_collection_items_deleted_at" ON "artifact_collection_items"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_comments_tenant_id_delete_batch" ON "artifact_comments"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_comments_deleted_at" ON "artifact_comments"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_relationships_tenant_id_delete_batch" ON "artifact_relationships"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_relationships_deleted_at" ON "artifact_relationships"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_artifact_relationships_tenant_id_from_id" ON "artifact_relationships"  ("tenant_id", "from_id")`,
];

const REFERENCES = [
  `ALTER TABLE "artifacts" ADD CONSTRAINT "fk_artifacts_tenant_id_creator_id" FOREIGN KEY ("tenant_id", "creator_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_versions" ADD CONSTRAINT "fk_artifact_versions_tenant_id_artifact_id" FOREIGN KEY ("tenant_id", "artifact_id") REFERENCES "artifacts"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_versions" ADD CONSTRAINT "fk_artifact_versions_tenant_id_author_id" FOREIGN KEY ("tenant_id", "author_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_collections" ADD CONSTRAINT "fk_artifact_collections_tenant_id_creator_id" FOREIGN KEY ("tenant_id", "creator_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_collection_items" ADD CONSTRAINT "fk_artifact_collection_items_tenant_id_collection_id" FOREIGN KEY ("tenant_id", "collection_id") REFERENCES "artifact_collections"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_collection_items" ADD CONSTRAINT "fk_artifact_collection_items_tenant_id_artifact_id" FOREIGN KEY ("tenant_id", "artifact_id") REFERENCES "artifacts"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_comments" ADD CONSTRAINT "fk_artifact_comments_tenant_id_artifact_id" FOREIGN KEY ("tenant_id", "artifact_id") REFERENCES "artifacts"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_comments" ADD CONSTRAINT "fk_artifact_comments_tenant_id_parent_id" FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "artifact_comments"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_comments" ADD CONSTRAINT "fk_artifact_comments_tenant_id_author_id" FOREIGN KEY ("tenant_id", "author_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_comments" ADD CONSTRAINT "fk_artifact_comments_tenant_id_resolver_id" FOREIGN KEY ("tenant_id", "resolver_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_relationships" ADD CONSTRAINT "fk_artifact_relationships_tenant_id_from_id" FOREIGN KEY ("tenant_id", "from_id") REFERENCES "artifacts"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "artifact_relationships" ADD CONSTRAINT "fk_artifact_relationships_tenant_id_to_id" FOREIGN KEY ("tenant_id", "to_id") REFERENCES "artifacts"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateArtifacts1767225600007 implements MigrationInterface {
  name = 'CreateArtifacts1767225600007';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "artifact_relationships" DROP CONSTRAINT "fk_artifact_relationships_tenant_id_to_id"',
      'ALTER TABLE "artifact_relationships" DROP CONSTRAINT "fk_artifact_relationships_tenant_id_from_id"',
      'ALTER TABLE "artifact_comments" DROP CONSTRAINT "fk_artifact_comments_tenant_id_resolver_id"',
      'ALTER TABLE "artifact_comments" DROP CONSTRAINT "fk_artifact_comments_tenant_id_author_id"',
      'ALTER TABLE "artifact_comments" DROP CONSTRAINT "fk_artifact_comments_tenant_id_parent_id"',
      'ALTER TABLE "artifact_comments" DROP CONSTRAINT "fk_artifact_comments_tenant_id_artifact_id"',
      'ALTER TABLE "artifact_collection_items" DROP CONSTRAINT "fk_artifact_collection_items_tenant_id_artifact_id"',
      'ALTER TABLE "artifact_collection_items" DROP CONSTRAINT "fk_artifact_collection_items_tenant_id_collection_id"',
      'ALTER TABLE "artifact_collections" DROP CONSTRAINT "fk_artifact_collections_tenant_id_creator_id"',
      'ALTER TABLE "artifact_versions" DROP CONSTRAINT "fk_artifact_versions_tenant_id_author_id"',
      'ALTER TABLE "artifact_versions" DROP CONSTRAINT "fk_artifact_versions_tenant_id_artifact_id"',
      'ALTER TABLE "artifacts" DROP CONSTRAINT "fk_artifacts_tenant_id_creator_id"',
      'DROP TABLE "artifact_relationships"',
      'DROP TABLE "artifact_comments"',
      'DROP TABLE "artifact_collection_items"',
      'DROP TABLE "artifact_collections"',
      'DROP TABLE "artifact_versions"',
      'DROP TABLE "artifacts"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
