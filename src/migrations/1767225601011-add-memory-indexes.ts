import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the usual models answer with. */
const USUAL_DIMENSIONS = [384, 768, 1024, 1536];

/** A partial index for each length, since one index cannot hold vectors of several. */
export class AddMemoryIndexes1767225601011 implements MigrationInterface {
  name = 'AddMemoryIndexes1767225601011';

  async up(runner: QueryRunner): Promise<void> {
    for (const length of USUAL_DIMENSIONS) {
      await runner.query(
        `CREATE INDEX "ix_conversation_memory_embedding_${length}_cosine" ON "conversation_memory" USING hnsw (("embedding"::vector(${length})) vector_cosine_ops) WHERE "dimensions" = ${length} AND "deleted_at" IS NULL`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const length of USUAL_DIMENSIONS) {
      await runner.query(`DROP INDEX "ix_conversation_memory_embedding_${length}_cosine"`);
    }
  }
}
