/**
 * Numbers and adds messages, with their attachments, in one statement: the conversation counts, and
 * whoever counts next waits for the one before. `$1` tenant, `$2` conversation, `$3` messages and
 * `$4` attachments as JSON lists, `$5` how many messages.
 */
export const APPEND = `
WITH given AS (
  SELECT * FROM json_to_recordset($3::json) AS one(
    "position" integer, "id" uuid, "role" text, "content" text, "tokens" integer, "model" text,
    "metadata" jsonb, "parentId" uuid, "authorId" uuid)
), counted AS (
  UPDATE "conversations" SET "last_sequence" = "last_sequence" + $5::integer, "last_message_at" = now()
  WHERE "tenant_id" = $1::uuid AND "id" = $2::uuid AND "deleted_at" IS NULL AND "state" = 'open'
    AND NOT EXISTS (
      SELECT 1 FROM given WHERE given."parentId" IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM "messages" parent
        WHERE parent."tenant_id" = $1::uuid AND parent."conversation_id" = $2::uuid
          AND parent."id" = given."parentId" AND parent."deleted_at" IS NULL))
  RETURNING "last_sequence" - $5::integer AS "before"
), added AS (
  INSERT INTO "messages" ("tenant_id", "id", "conversation_id", "sequence", "role", "content",
    "tokens", "model", "metadata", "parent_id", "author_id")
  SELECT $1::uuid, given."id", $2::uuid, counted."before" + given."position", given."role",
    given."content", given."tokens", given."model", given."metadata", given."parentId",
    given."authorId"
  FROM counted, given
  RETURNING *
), attached AS (
  INSERT INTO "message_attachments" ("tenant_id", "id", "message_id", "file_name", "mime_type",
    "size_bytes", "storage_key", "checksum")
  SELECT $1::uuid, file."id", added."id", file."fileName", file."mimeType", file."sizeBytes",
    file."storageKey", file."checksum"
  FROM json_to_recordset($4::json) AS file("id" uuid, "messageId" uuid, "fileName" text,
    "mimeType" text, "sizeBytes" bigint, "storageKey" text, "checksum" text)
  JOIN added ON added."id" = file."messageId"
  RETURNING *
)
SELECT added.*, (
  SELECT json_agg(to_json(attached) ORDER BY attached."id") FROM attached
  WHERE attached."message_id" = added."id") AS "files"
FROM added ORDER BY added."sequence"`;
