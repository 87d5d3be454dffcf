import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stays when the tables go: others may use it. */
const EXTENSION = 'CREATE EXTENSION IF NOT EXISTS vector';

const TABLES = [
  `CREATE TABLE "conversation_memory" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "namespace" text NOT NULL DEFAULT 'default',
      "key" text,
      "content" text NOT NULL,
      "metadata" jsonb NOT NULL DEFAULT '{}',
      "embedding" vector NOT NULL,
      "dimensions" integer NOT NULL,
      "conversation_id" uuid,
      CONSTRAINT "ck_conversation_memory_dimensions_c5cbea67" CHECK ("dimensions" >= 1),
      CONSTRAINT "ck_conversation_memory_embedding_dimensions_594487fd" CHECK (vector_dims("embedding") = "dimensions"),
      CONSTRAINT "pk_conversation_memory" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_conversation_memory_tenant_id_conversation_id_active" ON "conversation_memory"  ("tenant_id", "conversation_id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_conversation_memory_tenant_id_dimensions_namespace_active" ON "conversation_memory"  ("tenant_id", "dimensions", "namespace") WHERE "deleted_at" IS NULL`,
  `CREATE UNIQUE INDEX "ix_conversation_memory_tenant_id_namespace_key_active" ON "conversation_memory"  ("tenant_id", "namespace", "key") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_conversation_memory_tenant_id_delete_batch" ON "conversation_memory"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_conversation_memory_deleted_at" ON "conversation_memory"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "conversation_memory" ADD CONSTRAINT "fk_conversation_memory_tenant_id_conversation_id" FOREIGN KEY ("tenant_id", "conversation_id") REFERENCES "conversations"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateMemory1767225600011 implements MigrationInterface {
  name = 'CreateMemory1767225600011';

  async up(runner: QueryRunner): Promise<void> {
    const statements = [EXTENSION, ...TABLES, ...INDEXES, ...REFERENCES];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "conversation_memory" DROP CONSTRAINT "fk_conversation_memory_tenant_id_conversation_id"',
      'DROP TABLE "conversation_memory"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
