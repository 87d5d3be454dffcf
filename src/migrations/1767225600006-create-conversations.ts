import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = [
  `CREATE TABLE "conversations" (
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
      "state" text NOT NULL DEFAULT 'open',
      "last_sequence" integer NOT NULL DEFAULT '0',
      "last_message_at" TIMESTAMP(3) WITH TIME ZONE,
      "archived_at" TIMESTAMP(3) WITH TIME ZONE,
      "metadata" jsonb NOT NULL DEFAULT '{}',
      "creator_id" uuid NOT NULL,
      CONSTRAINT "ck_conversations_state_fc4077c1" CHECK ("state" IN ('open', 'archived')),
      CONSTRAINT "ck_conversations_last_sequence_f1375835" CHECK ("last_sequence" >= 0),
      CONSTRAINT "pk_conversations" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "messages" (
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
      "role" text NOT NULL,
      "content" text NOT NULL,
      "tokens" integer,
      "model" text,
      "metadata" jsonb NOT NULL DEFAULT '{}',
      "conversation_id" uuid NOT NULL,
      "parent_id" uuid,
      "author_id" uuid,
      CONSTRAINT "ck_messages_sequence_03f9bf09" CHECK ("sequence" >= 1),
      CONSTRAINT "ck_messages_role_8da92a3f" CHECK ("role" IN ('system', 'user', 'assistant', 'tool')),
      CONSTRAINT "ck_messages_tokens_5054adb4" CHECK ("tokens" >= 0),
      CONSTRAINT "pk_messages" PRIMARY KEY ("tenant_id", "id")
    )`,
  `CREATE TABLE "message_attachments" (
      "tenant_id" uuid NOT NULL DEFAULT rowguard_tenant_id(),
      "id" uuid NOT NULL DEFAULT gen_random_uuid(),
      "created_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "updated_at" TIMESTAMP(3) WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP(3) WITH TIME ZONE,
      "deleted_by" text,
      "delete_batch" uuid,
      "delete_reason" text,
      "version" integer NOT NULL DEFAULT '1',
      "file_name" text NOT NULL,
      "mime_type" text NOT NULL,
      "size_bytes" bigint NOT NULL,
      "storage_key" text NOT NULL,
      "checksum" text NOT NULL,
      "message_id" uuid NOT NULL,
      CONSTRAINT "ck_message_attachments_size_bytes_532bf7e4" CHECK ("size_bytes" >= 0),
      CONSTRAINT "ck_message_attachments_checksum_ab90679e" CHECK ("checksum" ~ '^[0-9a-f]{64}$'),
      CONSTRAINT "pk_message_attachments" PRIMARY KEY ("tenant_id", "id")
    )`,
];

const INDEXES = [
  `CREATE INDEX "ix_conversations_tenant_id_creator_id_id" ON "conversations"  ("tenant_id", "creator_id", "id")`,
  `CREATE INDEX "ix_conversations_tenant_id_state_id_active" ON "conversations"  ("tenant_id", "state", "id") WHERE "deleted_at" IS NULL`,
  `CREATE INDEX "ix_messages_tenant_id_author_id" ON "messages"  ("tenant_id", "author_id")`,
  `CREATE INDEX "ix_messages_tenant_id_parent_id" ON "messages"  ("tenant_id", "parent_id")`,
  `CREATE UNIQUE INDEX "ix_messages_tenant_id_conversation_id_sequence" ON "messages"  ("tenant_id", "conversation_id", "sequence")`,
  `CREATE INDEX "ix_message_attachments_tenant_id_message_id" ON "message_attachments"  ("tenant_id", "message_id")`,
  `CREATE INDEX "ix_conversations_tenant_id_delete_batch" ON "conversations"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_conversations_deleted_at" ON "conversations"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_messages_tenant_id_delete_batch" ON "messages"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_messages_deleted_at" ON "messages"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
  `CREATE INDEX "ix_message_attachments_tenant_id_delete_batch" ON "message_attachments"  ("tenant_id", "delete_batch") WHERE "delete_batch" IS NOT NULL`,
  `CREATE INDEX "ix_message_attachments_deleted_at" ON "message_attachments"  ("deleted_at") WHERE "deleted_at" IS NOT NULL`,
];

const REFERENCES = [
  `ALTER TABLE "conversations" ADD CONSTRAINT "fk_conversations_tenant_id_creator_id" FOREIGN KEY ("tenant_id", "creator_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "messages" ADD CONSTRAINT "fk_messages_tenant_id_conversation_id" FOREIGN KEY ("tenant_id", "conversation_id") REFERENCES "conversations"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "messages" ADD CONSTRAINT "fk_messages_tenant_id_parent_id" FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "messages"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "messages" ADD CONSTRAINT "fk_messages_tenant_id_author_id" FOREIGN KEY ("tenant_id", "author_id") REFERENCES "memberships"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
  `ALTER TABLE "message_attachments" ADD CONSTRAINT "fk_message_attachments_tenant_id_message_id" FOREIGN KEY ("tenant_id", "message_id") REFERENCES "messages"("tenant_id","id") ON DELETE RESTRICT ON UPDATE NO ACTION`,
];

/** Row-level security, policies and grants are set for whatever tables there are, after each run. */
export class CreateConversations1767225600006 implements MigrationInterface {
  name = 'CreateConversations1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...INDEXES, ...REFERENCES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      'ALTER TABLE "message_attachments" DROP CONSTRAINT "fk_message_attachments_tenant_id_message_id"',
      'ALTER TABLE "messages" DROP CONSTRAINT "fk_messages_tenant_id_author_id"',
      'ALTER TABLE "messages" DROP CONSTRAINT "fk_messages_tenant_id_parent_id"',
      'ALTER TABLE "messages" DROP CONSTRAINT "fk_messages_tenant_id_conversation_id"',
      'ALTER TABLE "conversations" DROP CONSTRAINT "fk_conversations_tenant_id_creator_id"',
      'DROP TABLE "message_attachments"',
      'DROP TABLE "messages"',
      'DROP TABLE "conversations"',
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
